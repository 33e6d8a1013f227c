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
    "명광기규근건강석숙순옥춘중병복봉금덕두범향학세채찬택슬솔설다"
)
KOREAN_SECOND = (
    "수준우현서윤민진연희은영아정훈호석철식환빈린나라경미주원혁욱섭규범태근용길순숙옥람솔율선성재찬"
    "혜림자름후웅덕복봉남권필택학헌형화홍결슬별온애례분심금래리지승채유하솜늘겸"
)
KOREAN_NO_GIVEN = """
지하철 주소지 정상인 남성용 여성용 고정석 정수기 선풍기 이용자 주인공 임신부 전기세 수영장 이상현
지도자 노동자 구성원 노하우 문화재 국정원 지지자 우주선 소유자 정보원 경영자 소수자 도우미 이민자
우승자 추기경 경호원 연주자 모아서 방정식 사상자 지원자 부상자 문화원 연수원 경영진 예정자 사우나
구원자 소유주 선지자 설명서 고아원 은하수 제보자 소지자 지하수 부서진 인원수 명나라 구미호 황태자
유인원 지원서 하소연 손재주 나아진 고지서 도화선 허가서 이미지 강아지 이슬람 장학금 경영학 선택지
소재지 소시지 모서리 지원금 민영화 소세지 이태리 기하학 위아래 구세주 봉우리 왕세자 송아지 신학자
현상금 심정지 유원지 정복자 안보리 사유지 공학자 배상금 부도덕 모가지 오소리 우주복 지나온 현금화
변두리 진원지 정수리 주성분 모성애 구설수 모기지 배우자 보호자 주문서 고문서 지정석 유효성
안정성 연결선 주문자
공기 도시 지원 주원 은수 유아용 사은 정기 경영 영수 성원 상의 지하 가정
주민 인원 인상 이유 고원 남은 우선 이미 서울 한은 조건 정의 안전 주정
오하 장수 경기 전경 기준 수준 상태 성인 인수 연기 수정 상영 한국 지역
여자 남자 주자 소자 상자 한자 기자 선자 효자 하지 우리 지금 병원 학원 한지 미리
"""
"""Words of two such syllables, or of a family name and two, that are no names."""
KOREAN_ORDINARY = """
하나 경우 나라 아주 선수 예정 인정 가진 보호 우주 시민 선정 가수 소재 진정 광주 지나 소식 지정
민주 규정 수원 인식 지식 재미 지진 상호 예수 연주 보수 경주 아라 지수 한정 시선 정식 정원 기원
주식 성경 인용 우린 인근 재정 영원 시원 화성 지옥 화재 정규 호수 수석 수용 효율 동원 창원 소원
호주 기재 소서 영주 인연 강원 도서 명성 연재 우정 시범 인민 소수 소환 보석 승진 유용 지연 나선
수호 경선 화나 상식 인성 주석 연수 우아 준수 원주 강철 아우 정서 서식 시정 지경 기호 예민 강연
민원 보정 우연 인재 주주 태아 상원 서민 지성 성숙 원정 상주 예선 유연 정정 호환 원수 유성 정자
홍수 도우 미미 선원 동경 하원 경연 동정 주재 성주 정성 인자 동아 선진 소주 수수 성서 승자 원자
동서 근원 지주 정선 종자 기성 화석 소용 혜성 기미 미용 광경 규범 도용 보훈 기수 상용 우호 재수
기린 강경 주선 가옥 상정 수주 강자 규율 선율 유서 수성 유선 가미 원서 유수 상수 도주 재우 정석
호우 한우 가용 승선 유린 철원 광선 시라 경정 상환 화원 가람 도민 보태 영아 정진 민자 연민 주범
선서 수식 예식 재원 예정 화자 서자 수선 하수 한옥 효용 가린 나자 가라
가지 영화 소리 인지 기분 선택 아래 연결 중심 원래 유지 정리 미래 설정 금지 진심 나온 지지 건지
승리 덕분 강화 유리 정권 가리 화학 우승 수학 인권 복지 세우 경남 순수 영웅 유형 강남 진화 철학
기지 복수 순서 정지 인형 현금 진지 연애 기후 필수 수리 상승 유학 중지 성남 채용 주택 원리 성분
세금 채택 학자 채우 수지 순환 영리 소화 진리 한화 복원 도덕 동화 찬성 기온 나리 중복 윤리 성별
동지 호남 소형 도리 소금 혜택 아지 지형 재학 진학 지리 지분 향수 기금 복용 정화 연금 원형 복권
상금 정복 연승 유래 소지 수분 태권 성지 한심 도심 연봉 채권 보복 향후 중순 한복 중재 하필 동결
미분 기리 슬슬 한결 종결 범주 세례 세분 주권 주지 민심 연필 광복 명심 광학 중화 명분 세미 원화
서리 성형 순정 영남 정형 정원 문서 정수 중국 설명
다리 다수 다정 다인 다원 다림 다식 다래 다홍 성채 광채 유채 수채 소채 소유 보유 경유 우유 원유
향유 인하 상하 강하 영하 은하 기하 승하 하늘 가늘
여름 이름 구름 주름 기름 시름 오름 석유 복도 세수 명령 학교 금융 찬물 두리 두서
"""
"""Words of two such syllables that stand alone more often than people of that name do."""
