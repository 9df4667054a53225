//! Exports as CSV, with and without a header.

use super::tests::{cell, fixture, saved, table};
use super::*;
use crate::Severity;

#[test]
fn an_export_without_a_header_is_read_by_its_layout() {
    let body = fixture("import/trial_info.csv");
    let parsed = saved("trial_info.csv", &body).unwrap();
    assert_eq!(table(&parsed, "trial").len(), 3);
    for (column, value) in [
        ("registration_number", "CTR20230392"),
        ("status_detail", "进行中（尚未招募）"),
        ("acceptance_number", "CXHL2200210/CXHL2200211"),
        ("phase", "其它其他说明:I/IIa期"),
        ("public_title", "评价CGT-1881片的安全性，\"PK/PD\"特征"),
        ("protocol_number", "H-CN-1003"),
        ("former_drug_name", ""),
        ("list_status", "NULL"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 1), value, "{column}");
    }
    assert_eq!(table(&parsed, "trial_applicant").len(), 6);
    assert_eq!(
        cell(&parsed, "trial_applicant", "applicant", 2),
        "珠海联邦制药股份有限公司中山分公司"
    );
    assert_eq!(table(&parsed, "trial_drug").len(), 5);
    assert_eq!((parsed.issues.len(), parsed.unread.len()), (0, 0));
    let request = CnDrugTrials.import_request("x.csv", &body[..200]).unwrap();
    let page = Page { request: &request, content_type: None, last_modified: None, body: &body };
    let masked = String::from_utf8(CnDrugTrials.redact(&page).into_owned()).unwrap();
    assert!(!masked.contains("张三") && masked.contains("[masked]"));
}

#[test]
fn an_export_with_a_header_is_read_by_it() {
    let csv = "登记号,药物名称,适应症,试验通俗题目,试验状态,申请人联系人,备注\r\n\
        CTR20990101,奈韦拉平片,HIV,题目,已完成,张三,x\r\nCTR2099,a,b,c,d,e,f\r\nCTR20990102,short\r\n";
    let parsed = saved("a.csv", csv.as_bytes()).unwrap();
    assert_eq!(cell(&parsed, "trial", "status", 0), "已完成");
    assert_eq!(table(&parsed, "trial").row_numbers, [2]);
    let kinds: Vec<_> =
        parsed.issues.iter().map(|i| (i.kind.as_str(), i.row_number, i.severity)).collect();
    assert_eq!(
        kinds,
        [("registration_number", 3, Severity::Error), ("field_count", 4, Severity::Error)]
    );
    assert_eq!(parsed.unread, ["column \"备注\""]);
    let request = CnDrugTrials.import_request("a.csv", csv.as_bytes()).unwrap();
    let page =
        Page { request: &request, content_type: None, last_modified: None, body: csv.as_bytes() };
    let masked = String::from_utf8(CnDrugTrials.redact(&page).into_owned()).unwrap();
    assert!(masked.contains("已完成,[masked],x") && masked.contains("CTR20990102,[masked]\n"));
    let (gb, _, _) = encoding_rs::GB18030.encode(csv);
    assert_eq!(cell(&saved("a.csv", &gb).unwrap(), "trial", "drug_name", 0), "奈韦拉平片");
    let error =
        saved("a.csv", "登记号,药物名称\nCTR20990101,x".as_bytes()).unwrap_err().to_string();
    assert!(error.contains("status"), "{error}");
    let error = saved("a.csv", b"CTR20990101,x\n").unwrap_err().to_string();
    assert!(error.contains("43 columns"), "{error}");
}

#[test]
fn a_quote_that_is_open_in_an_export_is_reported_though_persons_are_masked() {
    let header = "登记号,药物名称,适应症,试验通俗题目,试验状态,申请人联系人,备注\n";
    let row = |number: u32, note: &str| {
        format!("CTR2099010{number},奈韦拉平片,HIV,题目,已完成,张三,{note}\n")
    };
    // In the last value the row has as many values as it should; in one before, fewer.
    for (open, trials) in [
        (row(2, "\"x"), 2),
        (row(2, "x").replace(",HIV", ",\"HIV"), 1),
        (row(2, "x").replace(",张三", ",\"张三"), 1),
    ] {
        let csv = format!("{header}{}{open}{}", row(1, "x"), row(3, "x"));
        let parsed = saved("a.csv", csv.as_bytes()).unwrap();
        let last = parsed.issues.last().unwrap();
        assert_eq!((last.kind.as_str(), last.row_number), ("open_quote", 3), "{open}");
        assert_eq!(table(&parsed, "trial").len(), trials, "{open}");
    }
    let whole = format!("{header}{}{}", row(1, "\"x\""), row(2, "5\" x"));
    assert_eq!(saved("a.csv", whole.as_bytes()).unwrap().issues, []);
}
