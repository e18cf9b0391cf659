//! What the public does: file, get a receipt, follow.

use reqwest::StatusCode;

use super::fixture::{COMPLAINT, Portal, file_complaint};

#[tokio::test]
async fn a_complaint_is_filed_page_by_page_and_followed_with_its_receipt() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let (number, receipt) = file_complaint(&mut visitor).await;

    let mut other = portal.visitor();
    let form = other.load("/follow").await;
    assert!(form.text().contains("请填写提交后得到的编号和回执"));
    let case = other
        .submit(&form, "/follow", &[("number", &number), ("secret", &receipt)])
        .await;
    assert_eq!((case.status, case.path.as_str()), (StatusCode::OK, "/follow"));
    let text = case.text();
    for wanted in [
        number.as_str(),
        "已登记",
        "作出是否受理的决定",
        "还剩 7 个工作日",
        "撤回",
        "康帅傅",
        "558.50元",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains(&receipt) && !case.path.contains(&number));
    for officers in ["分送", "本机关处理", "王接收", "许晓梅"] {
        assert!(
            !case.body.contains(&format!(">{officers}<")),
            "{officers} is not the complainant's to see: {text}"
        );
    }
    assert_eq!(
        other.load("/follow/events/dispatch").await.status,
        StatusCode::NOT_FOUND
    );
    portal.stop().await;
}

#[tokio::test]
async fn the_confirmation_says_what_happens_next_and_forgets_the_receipt_when_it_is_saved() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let (number, receipt) = file_complaint(&mut visitor).await;
    let again = visitor.load("/file/complaint/done").await;
    let text = again.text();
    for wanted in [
        number.as_str(),
        &receipt,
        "请现在保存编号和回执",
        "接收 进行中",
        "2026年5月27日（周三）",
        "2026年5月18日（周一） 起算当日 不计入",
        "2026年5月23日（周六）至2026年5月24日（周日） 周末 不计入",
        "2026年5月25日（周一）至2026年5月27日（周三） 工作日 第 5 至 7 天",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let follow = visitor.submit(&again, "/file/complaint/saved", &[]).await;
    assert_eq!(follow.status, StatusCode::OK, "{}", follow.text());
    let filled = format!("name=\"number\" type=\"text\" value=\"{number}\"");
    assert!(follow.body.contains(&filled), "{}", follow.body);
    assert!(!follow.body.contains(&receipt) && !follow.path.contains(&number));
    let english = visitor
        .submit(&follow, "/follow", &[("number", &number), ("_language", "en")])
        .await;
    assert!(english.body.contains(&filled), "{}", english.body);
    assert_eq!(visitor.load("/file/complaint/saved").await.path, "/follow");
    let gone = visitor.load("/file/complaint/done").await;
    assert_eq!(gone.path, "/follow");
    assert!(!gone.body.contains(&receipt));
    portal.stop().await;
}

#[tokio::test]
async fn missing_answers_are_listed_at_the_top_and_what_was_typed_stays() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/complaint").await;
    let page = visitor.submit(&start, "/file/complaint", &[]).await;
    visitor.submit(&page, "/file/complaint/consumer", COMPLAINT[0].1).await;
    let page = visitor.load("/file/complaint/trader").await;
    let wrong = [("respondent_name", "惠民<店>"), ("respondent_phone", "12")];
    let page = visitor.submit(&page, "/file/complaint/trader", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.title().starts_with("错误："), "{}", page.title());
    let text = page.text();
    for wanted in [
        "有内容需要更正",
        "请填写“被投诉人地址”",
        "请选择“在哪里购买”",
        "应当是电话号码",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    for wanted in [
        "href=\"#f-respondent_address\"",
        "id=\"f-respondent_address\"",
        "value=\"惠民&#60;店&#62;\"",
        "value=\"12\"",
    ] {
        assert!(page.body.contains(wanted), "{wanted}");
    }
    portal.stop().await;
}

#[tokio::test]
async fn an_answer_is_changed_from_the_last_page_and_comes_back_to_it() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/complaint").await;
    let page = visitor.submit(&start, "/file/complaint", &[]).await;
    visitor.submit(&page, "/file/complaint/consumer", COMPLAINT[0].1).await;
    let check = visitor.load("/file/complaint/check").await;
    assert!(check.text().contains("未填写"));
    let early = visitor.submit(&check, "/file/complaint/send", &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.body.contains("href=\"#a-respondent_name\"") && early.body.contains("id=\"a-respondent_name\""));
    let page = visitor.load("/file/complaint/claims?from=check").await;
    let check = visitor.submit(&page, "/file/complaint/claims", COMPLAINT[5].1).await;
    assert_eq!(check.path, "/file/complaint/check");
    assert!(
        check.text().contains("退还货款和服务费用、赔偿损失"),
        "{}",
        check.text()
    );
    portal.stop().await;
}

#[tokio::test]
async fn an_anonymous_reporter_is_never_asked_for_a_name() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/report").await;
    let unchosen = visitor.submit(&start, "/file/report", &[]).await;
    assert_eq!(unchosen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unchosen.text().contains("请选择提交方式"));
    let page = visitor.submit(&start, "/file/report", &[("mode", "anonymous")]).await;
    let page = visitor
        .submit(&page, "/file/report/where", &[("reported_name", "惠民便利店")])
        .await;
    let page = visitor.submit(&page, "/file/report/places", &[]).await;
    let page = visitor
        .submit(
            &page,
            "/file/report/brand",
            &[("name_found", "雷碧"), ("brand", "雪碧")],
        )
        .await;
    let page = visitor
        .submit(
            &page,
            "/file/report/lead",
            &[("facts", "货架上有“雷碧”"), ("basis", "照片")],
        )
        .await;
    assert_eq!(
        page.path, "/file/report/statement",
        "the page about the person is left out"
    );
    assert_eq!(visitor.load("/file/report/person").await.status, StatusCode::NOT_FOUND);
    let page = visitor
        .submit(&page, "/file/report/statement", &[("true_statement", "yes")])
        .await;
    assert!(page.text().contains("只有回执能够查询进度"), "{}", page.text());
    let done = visitor.submit(&page, "/file/report/send", &[]).await;
    assert_eq!(done.path, "/file/report/done", "{}", done.text());
    let number = done.after("<p class=\"big\">");
    let mut wang = portal.signed_in("wang").await;
    let case = wang.load(&format!("/cases/{number}")).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    assert!(
        case.form("/identity").is_none(),
        "nothing is known of who filed: {}",
        case.text()
    );
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let case = wang.load(&format!("/cases/{number}")).await;
    assert!(case.form("/identity").is_some(), "{}", case.text());
    portal.stop().await;
}

#[tokio::test]
async fn the_brand_page_shows_similar_marks_as_information() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/report").await;
    visitor.submit(&start, "/file/report", &[("mode", "anonymous")]).await;
    let page = visitor.load("/file/report/brand").await;
    let compared = [("name_found", "康帅傅"), ("compare", "1")];
    let page = visitor.submit(&page, "/file/report/brand", &compared).await;
    let text = page.text();
    assert!(text.contains("1000001") && text.contains("不是侵权认定"), "{text}");
    let match_page = visitor.load("/marks?name=%E9%9B%B7%E7%A2%A7").await;
    let text = match_page.text();
    assert!(
        text.contains("雪碧") && !text.contains("康师傅"),
        "with a reason only: {text}"
    );
    let pair = "name=%E5%BA%B7%E5%B8%85%E5%82%85&mark=%E5%BA%B7%E5%B8%88%E5%82%85";
    let compared = visitor
        .load(&format!("/marks/compare?{pair}&name_goods=3009&mark_goods=30,3009"))
        .await;
    assert!(compared.text().contains("同属类似群 3009"), "{}", compared.text());
    assert!(!compared.text().contains("未比较"), "{}", compared.text());
    let alias = visitor
        .load("/marks/compare?name=%E8%82%AF%E5%BE%B7%E5%9F%BA&mark=KFC")
        .await;
    assert_eq!(alias.text().matches("未比较").count(), 1, "the look: {}", alias.text());
    assert!(
        alias.body.contains("<ol class=\"aligned\">") && alias.text().contains("同一品牌的另一名称"),
        "{}",
        alias.text()
    );
    let typed = visitor.load("/marks/compare?name=k-Fc&mark=KFC").await;
    assert!(
        typed
            .body
            .contains("<span class=\"big\">k-Fc</span><span class=\"big\">KFC</span>"),
        "names stand as they were typed: {}",
        typed.body
    );
    for wanted in ["比较时写作：kfc", "写法不同，视为相同"] {
        assert!(typed.text().contains(wanted), "{wanted}: {}", typed.text());
    }
    let same = visitor.load("/marks/compare?name=kfc&mark=kfc").await;
    assert!(!same.text().contains("比较时写作"), "{}", same.text());
    let apart = visitor
        .load("/marks/compare?name=%E5%BA%B7%E5%B8%88%E5%82%85&mark=ADIDAS")
        .await;
    assert_eq!(
        apart.text().matches("未比较").count(),
        2,
        "look and meaning: {}",
        apart.text()
    );
    let wrong = visitor
        .load(&format!("/marks/compare?{pair}&name_goods=46&mark_goods=30"))
        .await;
    assert!(
        wrong.text().contains("四位数字的类似群") && wrong.body.contains("value=\"46\""),
        "{}",
        wrong.text()
    );
    assert!(
        wrong.body.contains("href=\"#f-name-goods\"")
            && wrong.body.contains("aria-describedby=\"e-name-goods goods-hint\""),
        "what is wrong leads to its field and stands there: {}",
        wrong.body
    );
    let search = visitor.load("/marks?name=%E9%9B%B7%E7%A2%A7").await;
    let begun = "/marks/compare?name=%E9%9B%B7%E7%A2%A7";
    assert!(search.body.contains(&format!("href=\"{begun}\"")), "{}", search.body);
    let begun = visitor.load(begun).await;
    assert_eq!(begun.status, StatusCode::OK, "one name is no fault: {}", begun.text());
    assert!(begun.body.contains("value=\"雷碧\""), "{}", begun.body);
    let missing = visitor.load("/marks/compare?name=x&mark=").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        missing.title().starts_with("错误：") && missing.body.contains("href=\"#f-mark\""),
        "{}",
        missing.body
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_complainant_withdraws_with_the_receipt_after_confirming() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let (number, receipt) = file_complaint(&mut visitor).await;
    visitor.follow_case(&number, &receipt).await;
    let page = visitor.load("/follow/events/withdraw").await;
    let confirm = visitor.submit(&page, "/follow/events/withdraw", &[]).await;
    assert!(confirm.text().contains("这一操作不能撤销"), "{}", confirm.text());
    for page in [&page, &confirm] {
        assert!(
            page.text().contains("您在本案中的身份：投诉人"),
            "the step is called by what the complainant does, and the reader is told to be it: {}",
            page.text()
        );
    }
    let case = visitor
        .submit(&confirm, "/follow/events/withdraw", &[("step", "confirmed")])
        .await;
    assert!(case.text().contains("已办结：撤回"), "{}", case.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_wrong_number_and_a_wrong_receipt_are_told_the_same_and_guessing_is_limited() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let (number, receipt) = file_complaint(&mut visitor).await;
    let tries = [
        (number.as_str(), "AAAAA-AAAAA-AAAAA-AAAAA"),
        ("ZM-2026-0", receipt.as_str()),
        ("x", "y"),
    ];
    for (number, receipt) in tries {
        let page = visitor
            .send("/follow", &[("number", number), ("secret", receipt)])
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text().contains("编号与回执不符"));
        assert!(
            !page.body.contains(receipt) || receipt.len() < 2,
            "the secret is not shown again"
        );
    }
    let mut last = StatusCode::OK;
    for _ in 0..20 {
        last = visitor
            .send("/follow", &[("number", &number), ("secret", "nonsense")])
            .await
            .status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    portal.stop().await;
}
