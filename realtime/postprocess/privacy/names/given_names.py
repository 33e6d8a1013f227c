"""Given names that alone show that a person is named.

English: the most frequent ones of the United States census (1990) and names common since, except
those that are more often words, months or places. Korean: the syllables of which most given names
of the last decades consist, in the first and in the second place.
"""

from __future__ import annotations

ENGLISH_GIVEN = """
aaron abbie abby abigail adam adrian agnes aisha alan albert alex alexander alexandra alexis
alfred alice alicia alison allison amanda amber amelia amy ana andrea andrew andy angela anita ann
anna anne annette annie anthony antonio arthur ashley audrey barbara beatrice becky ben benjamin
bernard bernice beth betty beverly bob bobby bonnie brad bradley brandon brenda brian bruce bryan
caleb calvin cameron carl carla carlos carmen carol caroline carolyn carrie catherine cathy
cecilia chad charles charlie charlotte cheryl chloe chris christian christina christine
christopher cindy claire clara clarence claudia clifford colin connie connor craig crystal curtis
cynthia dale daniel danielle danny darlene darren dave david dawn deborah debra denise dennis
derek diana diane dolores dominic don donald donna doris dorothy doug douglas dylan earl eddie
edith edna edward edwin eileen elaine eleanor elena eli elijah elizabeth ella ellen elsie emily
emma eric erica erik erin ernest esther ethan ethel eugene eva evelyn felix fernando florence
frances francis francisco fred frederick gabriel gary geoffrey george gerald geraldine gladys
glenn gloria gordon greg gregory hannah harold harriet harry harvey hazel heather hector heidi
helen henry herbert holly howard hugh ian ida irene isaac isabel isabella isaiah jack jackie
jackson jacob jacqueline jaime jake james jamie jane janet janice jason javier jay jean jeff
jeffrey jennifer jenny jeremy jerome jerry jesse jessica jesus jill jim jimmy joan joann joanna
joanne joe joel john johnny jon jonathan jordan jorge jose joseph joshua joyce juan juanita judith
judy julia julian julie justin karen karl katherine kathleen kathryn kathy katie kayla keith kelly
ken kenneth kevin kim kimberly kristen kristin kurt kyle larry laura lauren laurie lawrence leah
lee leo leon leonard leroy leslie lewis liam lillian linda lisa liz lloyd logan lois loretta lori
lorraine louis louise lucas lucia lucille lucy luis luke lynn mabel madison manuel marc marcia
marcus margaret maria marian marie marilyn mario marion marjorie martha martin marvin mary matt
matthew maureen maurice max megan melanie melissa michael michele michelle miguel mike mildred
milton minnie mitchell molly monica nancy naomi natalie nathan nathaniel neil nicholas nick nicole
nina noah nora norma norman oliver olivia oscar pamela patricia patrick paul paula pauline pedro
peggy peter philip phillip phyllis rachel ralph ramon randall randy raymond rebecca regina ricardo
richard rick ricky rita robert roberto robin rodney roger roland ron ronald ronnie rosa rosemary
ross roy ruben russell ruth ryan sally sam samantha samuel sandra sara sarah scott sean sebastian
seth shane shannon sharon shawn sheila shelly sherry shirley simon sophia sophie stacy stanley
stella stephanie stephen steve steven stuart sue susan suzanne sylvia tamara tammy tanya tara
taylor ted teresa terri terry thelma theodore theresa thomas tiffany tim timothy tina todd tom
tommy tony tracy travis tyler valerie vanessa vera vernon veronica vicki victor victoria vincent
viola virginia vivian walter wanda warren wayne wendy wesley wilbur william willie wilma yolanda
yvonne zachary zoe
"""
KOREAN_FIRST = (
    "민서지예도하은영현수정상재준성승진동태경혜유주윤선미보가나소시우원인종창철희한호홍화효연아"
    "명광기규근건강석"
)
KOREAN_SECOND = (
    "수준우현서윤민진연은희영아정훈호석철식환빈린나라경미주원혁욱섭규범태근용길순숙옥람솔율선성재찬"
    "혜림자"
)
KOREAN_NO_GIVEN = """
지하철 주소지 정상인 남성용 여성용 고정석 정수기 선풍기 이용자 주인공 임신부 전기세 수영장 이상현
공기 도시 지원 주원 은수 유아용 사은 정기 경영 영수 성원 상의 지하 가정
주민 인원 인상 이유 고원 남은 우선 이미 서울 한은 조건 정의 안전 주정
오하 장수 경기 전경 기준 수준 상태 성인 인수 연기 수정 상영 한국 지역
여자 남자 주자 소자 상자 한자 기자 선자 효자
"""
"""Words of two such syllables, or of a family name and two, that are no names."""
