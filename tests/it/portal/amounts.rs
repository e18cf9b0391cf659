//! The calculators.

use reqwest::StatusCode;

use super::fixture::Portal;

#[tokio::test]
async fn the_calculators_reckon_by_the_law_of_the_day_and_keep_what_was_typed() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/").await;
    assert!(start.body.contains("href=\"/amounts\""));
    let index = visitor.load("/amounts").await.text();
    for wanted in ["消费者的增加赔偿", "谁承担责任", "谁可以提起公益诉讼", "未核实"] {
        assert!(index.contains(wanted), "{wanted}: {index}");
    }
    let food = visitor.load("/amounts/compensation?price=150&loss=600").await.text();
    for wanted in [
        "1,800 元",
        "损失的 3 倍",
        "不超过 1,200 元",
        "按法定最低额",
        "食品安全法",
    ] {
        assert!(food.contains(wanted), "{wanted}: {food}");
    }
    let old = visitor
        .load("/amounts/damages?right=trademark&act_on=2026-12-31&loss=200000&profit=300000")
        .await
        .text();
    assert!(
        old.contains("200,000 元 – 1,000,000 元") && old.contains("恶意"),
        "{old}"
    );
    let new = visitor
        .load("/amounts/damages?right=trademark&act_on=2027-01-01&loss=200000&profit=300000")
        .await
        .text();
    assert!(
        new.contains("300,000 元 – 1,500,000 元") && new.contains("故意"),
        "{new}"
    );
    let act = visitor
        .load("/amounts/offences?offence=counterfeit_goods&volume=30000&marks=2")
        .await
        .text();
    for wanted in ["情节严重", "适用较低标准", "未核实", "应当移送"] {
        assert!(act.contains(wanted), "{wanted}: {act}");
    }
    let wrong = visitor.load("/amounts/damages?act_on=yesterday&loss=many").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("value=\"many\"") && wrong.text().contains("应当是金额"),
        "{}",
        wrong.text()
    );
    assert_eq!(visitor.load("/amounts/rewards").await.status, StatusCode::NOT_FOUND);
    visitor.language = "en";
    let english = visitor.load("/amounts/compensation?price=100").await.text();
    assert!(
        english.contains("500 yuan") && english.contains("The least that the law grants"),
        "{english}"
    );
    portal.stop().await;
}
