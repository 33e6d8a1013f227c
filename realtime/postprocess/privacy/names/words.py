"""Words that occur where names do, but are no names."""

from __future__ import annotations

KOREAN_NO_NAMES = """
고객 손님 선생 사장 기사 부모 어머 아버 하느 부처 회원 주인 상담원 상담사 담당자 부장
과장 대리 차장 팀장 실장 원장 교수 의사 간호사 변호사 기자 작가 감독 대표 이사 회장 점장
소장 국장 전무 상무 주임 사원 여러 모든 형 누나 오빠 언니 아저 아가 도련 임금 스승 조상
주민 배달 택배 이용자 구매자 신청자 주문자 예금주 임차인 임대인 보호자 소비자 사용자 작성자
가입자 방문자 수취인 수령인 지원자 이웃 친구 남편 아내 오늘날 이날 그날 한글 한국인 외국인
여성 남성 어르신 장모 시어머 시아버 이모 고모 이모부 고모부 조카 신규 우수 기존 해당 어떤
여자 남자 이런 그런 저런 우리 모두 본인 부인 사모 사위 며느리 손자 손녀 주부 학생 이분 그분 저분
한분 기타 전체 일부 유료 무료 정기 장기 단골 지금 이제 제가 정말 진짜 아마 이미 하지만
현재 우선 위하 주신 소중 배우 여기 어떻 어디 어찌 무엇 안내 말씀 다시 확인
안녕 배송 반품 교환 환불 주문 결제 문의 상담 신청 전화 은행 소비 고장 수리 방문 기술
설치 차주 선배 후배 원래 오전 오후 이번 지난 성함 성명 이름 주소 연락처 번호
"""

ENGLISH_NO_NAMES = """
a an the and or but so not is it's its i i'm am are was were be been that this there here what
who calling call speaking speak from with about for to of on in at my your our his her their
please thanks thank you yes no okay ok well just only also still now then today tomorrow sorry
sure going trying having looking interested happy glad ready done waiting afraid worried unable
monday tuesday wednesday thursday friday saturday sunday january february march april may june
july august september october november december spelled spelt misspelled wrong correct right
listed registered under new old english korean american british customer support service billing
sales technical manager agent account very really quite all good great fine aware using located
based confirming writing reporting one two too again back hi hello dear uh um by being getting
because number phone order date when where why how can could would should will shall do does did
has have had me we they he she card email address birth
"""
