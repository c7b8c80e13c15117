"""Names of nobody: common surnames and given names in chance combination, marked （架空） in each person's notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

MARK = "デモデータ（架空の人物）"


@dataclass(frozen=True)
class Foreign:
    """A name that has one legal form, with its reading in katakana."""

    full: str
    family_kana: str
    given_kana: str

    def columns(self) -> dict[str, Any]:
        """Return the columns of a `Person`."""
        return {
            "full_name": self.full,
            "latin_name": self.full,
            "common_name": f"{self.family_kana} {self.given_kana}",
            "family_kana": self.family_kana,
            "given_kana": self.given_kana,
        }


_SURNAMES = (
    ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("高橋", "タカハシ"), ("田中", "タナカ"), ("伊藤", "イトウ"),
    ("渡辺", "ワタナベ"), ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ"),
    ("吉田", "ヨシダ"), ("山田", "ヤマダ"), ("山口", "ヤマグチ"), ("松本", "マツモト"), ("井上", "イノウエ"),
    ("木村", "キムラ"), ("林", "ハヤシ"), ("清水", "シミズ"), ("山崎", "ヤマザキ"), ("池田", "イケダ"),
    ("橋本", "ハシモト"), ("阿部", "アベ"), ("石川", "イシカワ"), ("中島", "ナカジマ"), ("前田", "マエダ"),
    ("小川", "オガワ"), ("岡田", "オカダ"), ("長谷川", "ハセガワ"), ("村上", "ムラカミ"), ("近藤", "コンドウ"),
)  # fmt: skip
_WOMEN = (
    ("陽子", "ヨウコ"), ("恵子", "ケイコ"), ("由美", "ユミ"), ("直美", "ナオミ"), ("真理", "マリ"), ("美咲", "ミサキ"),
    ("葵", "アオイ"), ("結衣", "ユイ"), ("千尋", "チヒロ"), ("香織", "カオリ"), ("久美", "クミ"), ("和子", "カズコ"),
    ("幸子", "サチコ"), ("裕子", "ユウコ"), ("明美", "アケミ"), ("彩", "アヤ"),
)  # fmt: skip
_MEN = (
    ("健", "ケン"), ("誠", "マコト"), ("隆", "タカシ"), ("浩", "ヒロシ"), ("翔", "ショウ"), ("大輔", "ダイスケ"),
    ("拓也", "タクヤ"), ("修", "オサム"), ("清", "キヨシ"), ("茂", "シゲル"), ("蓮", "レン"), ("悠斗", "ユウト"),
)  # fmt: skip

SPEAKERS: Mapping[str, tuple[Foreign, ...]] = {
    "cmn": (
        Foreign("Wang Li", "ワン", "リー"),
        Foreign("Li Jing", "リー", "ジン"),
        Foreign("Zhang Min", "ジャン", "ミン"),
        Foreign("Liu Yang", "リウ", "ヤン"),
        Foreign("Chen Ting", "チェン", "ティン"),
        Foreign("Yang Fan", "ヤン", "ファン"),
        Foreign("Zhao Xue", "ジャオ", "シュエ"),
    ),
    "en": (Foreign("Emily Carter", "カーター", "エミリー"),),
    "vi": (
        Foreign("Nguyen Thi Lan", "グエン", "ラン"),
        Foreign("Tran Thi Hoa", "チャン", "ホア"),
        Foreign("Le Thi Mai", "レー", "マイ"),
        Foreign("Pham Van Minh", "ファム", "ミン"),
    ),
    "ko": (
        Foreign("Kim Minji", "キム", "ミンジ"),
        Foreign("Lee Sujin", "イ", "スジン"),
        Foreign("Park Jiho", "パク", "ジホ"),
    ),
    "id": (
        Foreign("Siti Rahma", "ラフマ", "シティ"),
        Foreign("Budi Santoso", "サントソ", "ブディ"),
        Foreign("Dewi Lestari", "レスタリ", "デウィ"),
    ),
    "ne": (Foreign("Sita Gurung", "グルン", "シタ"), Foreign("Anil Shrestha", "シュレスタ", "アニル")),
    "pt-BR": (Foreign("Ana Souza", "ソウザ", "アナ"), Foreign("Paulo Lima", "リマ", "パウロ")),
    "ru": (Foreign("Olga Ivanova", "イワノワ", "オリガ"),),
    "fil": (Foreign("Maria Santos", "サントス", "マリア"), Foreign("Grace Reyes", "レイエス", "グレース")),
    "my": (Foreign("Thida Win", "ウィン", "ティダ"),),
    "th": (Foreign("Suda Chaiyo", "チャイヨー", "スダー"),),
    "es": (Foreign("Lucia Gomez", "ゴメス", "ルシア"),),
}
"""Interpreters who grew up with the language, in the order of their keys."""

KEY_PERSONS: tuple[tuple[str, Foreign], ...] = (
    ("cmn", Foreign("Huang Mei", "ホアン", "メイ")),
    ("cmn", Foreign("Wu Qiang", "ウー", "チャン")),
    ("vi", Foreign("Vo Thi Thu", "ヴォー", "トゥー")),
    ("vi", Foreign("Bui Van Nam", "ブイ", "ナム")),
    ("id", Foreign("Rina Wijaya", "ウィジャヤ", "リナ")),
    ("ne", Foreign("Bikash Thapa", "タパ", "ビカス")),
    ("ko", Foreign("Choi Yuna", "チェ", "ユナ")),
    ("pt-BR", Foreign("Rosa Oliveira", "オリベイラ", "ホーザ")),
    ("my", Foreign("Aung Min", "アウン", "ミン")),
    ("bn", Foreign("Nasrin Akter", "アクタル", "ナスリン")),
)
"""The ten who support as key persons: mother tongue and name. They are no interpreters."""


def japanese(chance: Random, *, woman: bool) -> dict[str, Any]:
    """Return the name columns of a `Person` with a Japanese name."""
    family, family_kana = chance.choice(_SURNAMES)
    given, given_kana = chance.choice(_WOMEN if woman else _MEN)
    return {
        "family_name": family,
        "given_name": given,
        "family_kana": family_kana,
        "given_kana": given_kana,
    }
