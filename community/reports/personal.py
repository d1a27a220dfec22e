"""What a person's words may not say of a person: numbers in no edition; homes, names and health in none for outside.

A list of words is no proof: the manager reads what is sent, this catches what slips through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ..site import Text
from .model import Edition

_DASH = "[-‐–]"
_HAN = "[\u4e00-\u9fff]"

NUMBER = re.compile(
    r"1[3-9]\d{9}|(?<!\d)1[3-9]\d[ .·-]\d{4}[ .·-]?\d{4}(?!\d)|(?<!\d)1[3-9]\d{2}[ .-]\d{3}[ .-]\d{4}(?!\d)"
    r"|(?<![\d.,-])\(?0[1-9]\d{1,2}\)?[ -]?\d{3,4}[ -]?\d{4}(?![\d-])"
    r"|(?:电话|座机|\b[Tt]el\b|\b[Pp]hone\b)\D{0,3}[2-8]\d{2,3}[ -]?\d{4}(?!\d)"
    r"|\d{17}[\dXx]|(?<!\d)\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·•・. -]?"
    r"(?:[A-Za-z0-9]{5,6}|[A-Za-z0-9]{4}[警学挂港澳领使])"
)
"""A telephone, an identity card, a plate."""

_UNIT = (
    "(?:千瓦|瓦|度|次|起|分钟|小时|秒|元|万|吨|m[23]|立方|平|毫|厘|米|公里|公斤|[%℃°]|条|件|台|人|名|位|天|年|个|升|部"
    "|辆|张|盏|处|项|份|只|桶|袋|套|块|组|根|棵|路|笔|票|单(?!元)|余|多"
    "|(?:[kKMG]?Wh?|kg|[LthsVA]|min|alarms|orders|times|hours|minutes)(?![A-Za-z]))"
)
_YEAR = r"(?:199\d|201[3-9]|20[2-4]\d)"
"""No room: a floor has twelve at most."""
_ROOM = (
    rf"(?!{_YEAR}(?!\d)|1(?:10|19|20)\s*[已到出消报警急来赶接])"
    rf"(?:\d{{4}}|\d{{3}}(?!\d|\s*户))(?!\d|[.,:]\d|[-/.]\d{{1,2}}[-/.]\d|\s*{_UNIT})"
)
"""A number that counts nothing."""
_PLACE = r"[\dA-Za-z一二三四五六七八九十]{1,3}"
ROOM = re.compile(
    rf"[\dA-Za-z一二三四五六七八九十甲乙丙丁]\s*单元|\d{{2,4}}\s*室|\d{{3,4}}\s*号?\s*房"
    rf"|{_PLACE}\s*(?:#\s*楼?|号?楼|[栋幢座])[\s,、:/·‐–-]*(?:\d{{1,2}}\s*[层楼]\s*)?{_ROOM}"
    rf"|(?<![\d/])\d{{1,2}} ?/ ?\d{{1,2}} ?/ ?(?!{_YEAR}(?!\d))\d{{3,4}}(?![\d/])"
    rf"|(?<![\d-])\d{{1,2}} ?{_DASH} ?\d{{1,2}} ?{_DASH} ?(?!{_YEAR}(?!\d))\d{{3,4}}(?![\d-])"
    rf"|(?<![\d:.-])\d{{1,2}}-{_ROOM}(?!-)"
    rf"|住在?\s*{_ROOM}|(?<!\d){_ROOM}(?:的|(?<=\d{{4}}))\s*(?:业主(?!大会|委员)|住户|家属(?!于))"
    r"|\b(?i:unit|room|rm|flat|apt|apartment|suite)\b\.?\s*(?i:no\.?\s*)?#?\s*[A-Za-z]?\d"
    rf"|\b[Bb](?:uilding|ldg)\.?\s*\w{{1,2}}(?:\s*[-/#]\s*{_ROOM}|,?\s+{_ROOM}(?=\s*(?:[.,;!?)]|$)))"
)

_SURNAMES = (
    "王李张刘陈杨赵黄吴周徐孙胡朱高林郭罗郑梁宋谢唐韩冯邓曹彭肖田董袁潘蒋蔡杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖石金"
    "韦贾夏邹熊孟秦邱江尹薛闫段雷侯龙史陶黎贺顾郝龚邵覃武戴孔汤欧康柳"
)
"""The most common, without those that are nearly always another word behind 业主: 曾, 于, 何, 任, 许, 方, 万, 余."""
_ORDINARY = (
    "张(?:贴|挂|罗)|高(?:度|峰|层|兴|空|温|处|压|额|楼|考|声|喊|价|龄|低|效|质|级|新|达|于|频|血)"
    "|周(?:边|围|末|[一二三四五六日天]|期|知|到|年|转)|马(?:上|路|桶|达)|陆续|程(?:序|度)|金(?:额|属|融)"
    "|石(?:材|头|块|板|油)|夏(?:季|天|日|夜)|雷(?:雨|电|暴)|龙头|江(?:边|水)|范围|顾(?:虑|客|及)|戴(?:口|好|头|上)"
    "|武(?:汉|昌|力)|谢(?:谢|绝|意)|郑(?:重|州)|杜绝|胡(?:乱|同)|陈(?:述|旧)|林(?:地|木|业)"
    "|黄(?:金|色|线|昏|牌|灯|浦|河)|苏(?:醒|州)|孙(?:子|女)|罗列|董事|康(?:复|养|乐)|徐汇|杨(?:浦|树|絮)|孔(?:洞|径)"
    "|王府|钟(?:头|点|表)|田(?:地|园)|叶(?:子|片)|段时"
)
"""Words that begin as a name does."""
_NAMED = f"(?!{_ORDINARY})[{_SURNAMES}]"
_NO_END = (
    "大商人店厂各回在到每住一两多几户主客自别谁我他她你您咱老小管搬离买卖区市县省镇村站局所处司部队院台室岗组长师傅员工"
)
_GIVEN = f"(?!.?(?:居民|市民|物业|企业|经理|主任)){_HAN}?(?![{_NO_END}]){_HAN}"
"""No given name: who is met (周边商家, 大家), whose telephone stands on the wall (物业电话)."""
_HOME = "家(?!属|庭|园|具|电|政|长|用|装|委|访|居|教|常|标|规|级|法|有|发|节)"
NAME = re.compile(
    rf"{_HAN}[某*＊]{{1,2}}|{_HAN}(?:先生|女士|阿姨|大爷|大妈|奶奶|爷爷|小姐)|\b(?:Mr|Mrs|Ms)\.? [A-Z]"
    rf"|(?:业主|住户|家属|居民|老人)(?:代表|姓名|名叫|叫)?[\s:(「“]*{_NAMED}{_HAN}{{1,2}}"
    rf"|{_NAMED}{_GIVEN}(?:的|本人)?\s*(?:电话|手机|{_HOME})"
    r"|\b(?i:resident|owner|tenant|householder|neighbou?r)[,:]? "
    r"(?!Service|Committee|Cent|Meeting|Affairs|Building|Bldg)[A-Z][a-z]+ [A-Z][a-z]+"
)
"""A full name by itself cannot be told from other words: one beside a word that makes a person of it is."""

HEALTH = re.compile(
    "独居|独自(?:居住|生活|在家|一人)|[一1]\\s*个?人\\s*(?:居?住|在家|生活)|空巢|失智|痴呆|阿尔茨海默|帕金森|老人|头晕|昏迷|昏倒|摔倒|跌倒"
    "|受伤|骨折|流血|出血|心脏|心率|心梗|脑梗|血压|中风|偏瘫|瘫痪|糖尿病|癌|肿瘤|哮喘|癫痫|透析|化疗|呼吸|发病|患病|患有|生病|疾病|病人|病史"
    "|患者|住院|就医|就诊|送医|救护|"
    r"120\s*[到急来出]|[叫打]\s*120|急救|用药|吃药|抑郁|自杀|酗酒|醉酒|怀孕|孕妇|残疾|卧床|精神(?:病|障碍|分裂)|久出未归|久归未出|生命体征"
)
HEALTH_EN = re.compile(
    r"\b(?:li(?:ves?|ving) (?:alone|by (?:him|her|them)sel)|dementia|alzheimer|parkinson|diabet|cancer|tumou?r|epilep"
    r"|asthma|a stroke|hypertens|depression|suicid|injur|ambulance|hospital|heart(?!beat)|blood|fainted|patient|disab"
    r"|pregnan|fell\b(?!\s+(?:by|to|from|below|short|again|sharply|slightly|since|\d)))",
    re.IGNORECASE,
)

_OF_HEALTH = Text("说到健康，对外版本不写", "speaks of health, which an outside edition does not")
_REFUSED = (
    (NUMBER, Text("是个人号码，报告里不写", "is a person's number, which no report names"), False),
    (NAME, Text("是人名，对外版本不写", "names a person, which an outside edition does not"), True),
    (
        ROOM,
        Text("比楼栋更细，对外版本不写", "is nearer than the building, which an outside edition does not say"),
        True,
    ),
    (HEALTH, _OF_HEALTH, True),
    (HEALTH_EN, _OF_HEALTH, True),
)


def faults_of(words: Iterable[str], edition: Edition) -> list[Text]:
    """Why a person's words cannot go into the edition; empty: nothing of the kind was found."""
    found = []
    for text in words:
        plain = unicodedata.normalize("NFKC", text)  # １２０３ is 1203, and （ is (
        for pattern, what, only_outside in _REFUSED:
            match = pattern.search(plain)
            if match and (edition != "internal" or not only_outside):
                found.append(Text(f"「{match[0]}」{what.zh}", f"{match[0]!r} {what.en}"))
    return found
