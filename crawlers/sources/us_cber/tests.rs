//! The pages as they are described, and the ways in which they may differ.

use proptest::prelude::*;

use super::*;
use crate::{Severity, TextTable};

const CGT: &str = r#"<html><body><nav><table><tr><td><a href="/vaccines-blood-biologics/menu">Menu</a></table></nav>
<main class="main-content"><div><div><table><thead><tr><th>Trade Name</th><th>Manufacturer</th></tr></thead><tbody>
<tr><td><a href="/vaccines-blood-biologics/abecma-idecabtagene-vicleucel">ABECMA (idecabtagene vicleucel)</a></td><td>Celgene Corporation, a&nbsp;Bristol-Myers Squibb Company</td></tr>
<tr><td><a href="https://www.fda.gov/vaccines-blood-biologics/casgevy">CASGEVY (exagamglogene autotemcel [exa-cel])</a></td><td>Vertex Pharmaceuticals Inc.</td></tr>
<tr><td>OLDONE</td><td>Nobody</td></tr></tbody></table></div></div></main></body></html>"#;
const VACCINES: &str = r#"<html><body><div class="main-content"><div><div><table><tbody>
<tr><td><a href="/vaccines-blood-biologics/comirnaty">COVID-19 Vaccine, mRNA</a></td><td>Comirnaty</td></tr>
<tr><td><a href="/vaccines-blood-biologics/vaccines/ervebo">Ebola Zaire Vaccine, Live</a></td><td>ERVEBO</td></tr>
</tbody></table></div></div></div></body></html>"#;
const DOCUMENTS: &str = r#"<html><body><main><h2>A</h2><ul><li><a href="/vaccines-blood-biologics/abecma">Abecma</a> (2021)</li>
<li><a href="/vaccines-blood-biologics/abecma">again</a></li></ul><h2>Letters</h2><p><a href="/media/1/download">Letter</a>
<a href="mailto:x@example.org">mail</a> <a href="/about-fda">About</a></p></main></body></html>"#;
const PRODUCT: &str = r"<html><body><h1>ABECMA (idecabtagene vicleucel)</h1><main><p><strong>STN:</strong>&nbsp;BL 125736/0<br>
<strong>Proper Name:</strong> idecabtagene vicleucel<br><strong>Tradename:</strong> ABECMA<br>
<strong>Manufacturer</strong>: Celgene Corporation, a Bristol-Myers Squibb Company<br><strong>Indication:</strong></p>
<ul><li>adults with relapsed or refractory multiple myeloma</li><li>second use</li></ul>
<h2>Product Information</h2><p>Package Insert</p></main></body></html>";

fn read(kind: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let url = match SPEC.urls.get(kind) {
        Some(url) => url.clone(),
        None => "https://www.fda.gov/vaccines-blood-biologics/abecma".parse().unwrap(),
    };
    let request = Request::get(url, kind, BodyKind::Html);
    UsCber.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

fn row(table: &TextTable, row: usize) -> Vec<Option<&str>> {
    table.columns.iter().map(|c| c.get(row)).collect()
}

#[test]
fn all_three_lists_are_asked_for_and_none_of_them_may_be_missing() {
    let window = Window { today: jiff::civil::date(2026, 1, 1), since: None };
    let seeds = UsCber.seeds(&window);
    assert_eq!(seeds.len(), 3);
    assert!(seeds.iter().all(|s| !s.optional && s.url.path().starts_with("/vaccines-blood")));
}

#[test]
fn a_header_of_plain_cells_is_no_product() {
    let head = "<thead><tr><th>Trade Name</th><th>Manufacturer</th></tr></thead>";
    let plain = "<tr><td><strong>Trade Name</strong></td><td><p>Manufacturer</p></td></tr>";
    let of = |page: &str| read("cellular_gene_therapy", page.as_bytes()).unwrap();
    let (marked, page) = (of(CGT), of(&CGT.replace(head, plain)));
    assert_eq!(page.tables[0].columns, marked.tables[0].columns);
    // A product that has a title's name leads somewhere.
    let linked = VACCINES.replace("COVID-19 Vaccine, mRNA", "Product");
    assert_eq!(read("vaccine", linked.as_bytes()).unwrap().tables[0].len(), 2);
}

#[test]
fn cellular_and_gene_therapies_are_read_with_their_pages() {
    let parsed = read("cellular_gene_therapy", CGT.as_bytes()).unwrap();
    let table = &parsed.tables[0];
    assert_eq!(table.len(), 3);
    assert_eq!(
        row(table, 0),
        [
            Some("ABECMA (idecabtagene vicleucel)"),
            Some("ABECMA"),
            Some("idecabtagene vicleucel"),
            Some("Celgene Corporation, a Bristol-Myers Squibb Company"),
            Some("https://www.fda.gov/vaccines-blood-biologics/abecma-idecabtagene-vicleucel"),
            Some("abecma-idecabtagene-vicleucel"),
        ]
    );
    assert_eq!(row(table, 1)[2], Some("exagamglogene autotemcel [exa-cel]"));
    assert_eq!((parsed.issues[0].kind.as_str(), parsed.issues[0].row_number), ("no_link", 3));
    assert!(parsed.follow_ups.iter().all(|r| r.optional && r.kind == "product"));
    assert_eq!(parsed.follow_ups.len(), 2);
}

#[test]
fn products_of_one_name_have_keys_that_no_order_changes() {
    let link = |page: &str| format!("<a href=\"{page}\">HPC, Cord Blood</a>");
    let rows = [
        (link("/vaccines-blood-biologics/hpc-cord-blood"), "Clinimmune Labs"),
        (link("/vaccines-blood-biologics/cellular/hpc-cord-blood-lifesouth/"), "LifeSouth"),
        (link("/media/1/download"), "Bloodworks"),
        ("HPC, Cord Blood".to_owned(), "MD Anderson"),
        ("HPC, Cord Blood".to_owned(), "Cleveland Cord Blood Center"),
    ];
    let mut rows = rows.map(|(name, maker)| format!("<tr><td>{name}</td><td>{maker}</td></tr>"));
    let keys = |rows: &[String]| {
        let page = format!("<html><body><main><table>{}</table>", rows.concat());
        let parsed = read("cellular_gene_therapy", page.as_bytes()).unwrap();
        let spec = SPEC.table("cellular_gene_therapy");
        let mut seen = std::collections::HashMap::new();
        crate::record_keys(spec, &parsed.tables[0], &mut seen, &mut Vec::new())
    };
    let expected = [
        "hpc-cord-blood",
        "hpc-cord-blood-lifesouth",
        "/media/1/download",
        "HPC, Cord Blood, MD Anderson",
        "HPC, Cord Blood, Cleveland Cord Blood Center",
    ];
    assert_eq!(keys(&rows), expected);
    rows.reverse();
    assert!(keys(&rows).iter().rev().eq(&expected));
}

#[test]
fn vaccines_are_read_without_a_header_and_with_columns_in_another_order() {
    let parsed = read("vaccine", VACCINES.as_bytes()).unwrap();
    assert_eq!(row(&parsed.tables[0], 1)[..2], [Some("Ebola Zaire Vaccine, Live"), Some("ERVEBO")]);
    let header = "<tbody><tr><th>Product Name</th><th>Sponsor</th><th>Trade Name</th></tr>";
    let page =
        VACCINES.replace("<tbody>", header).replace("<td>ERVEBO", "<td>Merck</td><td>ERVEBO");
    let parsed = read("vaccine", page.as_bytes()).unwrap();
    assert_eq!(row(&parsed.tables[0], 1)[1..3], [Some("ERVEBO"), Some("Merck")]);
}

#[test]
fn supporting_documents_are_links_of_the_content() {
    let parsed = read("supporting_document", DOCUMENTS.as_bytes()).unwrap();
    let table = &parsed.tables[0];
    assert_eq!(table.len(), 2);
    assert_eq!(row(table, 0)[..3], [Some("Abecma"), Some("A"), Some("Abecma (2021)")]);
    assert_eq!(row(table, 1)[3], Some("https://www.fda.gov/media/1/download"));
}

#[test]
fn a_product_page_is_read_by_its_labels() {
    let parsed = read("product", PRODUCT.as_bytes()).unwrap();
    assert_eq!(
        row(&parsed.tables[0], 0)[1..6],
        [
            Some("125736"),
            Some("idecabtagene vicleucel"),
            Some("ABECMA"),
            Some("Celgene Corporation, a Bristol-Myers Squibb Company"),
            Some("adults with relapsed or refractory multiple myeloma; second use"),
        ]
    );
    assert_eq!(parsed.issues, []);
    let parsed = read("product", b"<html><body><h1>X</h1><p>Indication: y</p></html>").unwrap();
    assert_eq!(parsed.issues.len(), 2);
    assert!(parsed.issues.iter().all(|i| i.severity == Severity::Error && i.kind == "no_label"));
    let parsed = read("product", b"<html><body><h1>X</h1><p>STN: 125787</p></html>").unwrap();
    assert_eq!((parsed.issues.len(), parsed.issues[0].severity), (1, Severity::Warning));
}

#[test]
fn a_page_without_its_list_is_refused() {
    for list in LISTS {
        let error = read(list, b"<html><body><main><p>Moved</p></main></body></html>").unwrap_err();
        assert!(error.to_string().contains("none"), "{error}");
    }
}

#[test]
fn pages_that_are_cut_off_are_reported() {
    for (kind, page) in [
        ("cellular_gene_therapy", CGT),
        ("vaccine", VACCINES),
        ("supporting_document", DOCUMENTS),
        ("product", PRODUCT),
    ] {
        let ends = |page: &str| {
            let parsed = read(kind, page.as_bytes()).unwrap();
            parsed.issues.iter().filter(|i| i.kind == "cut_off").count()
        };
        assert_eq!((ends(page), ends(page.trim_end_matches("</html>"))), (0, 1), "{kind}");
    }
}

#[test]
fn saved_pages_are_told_by_their_name() {
    let kind = |name: &str| UsCber.import_request(name, b"<!DOCTYPE html><html>").map(|r| r.kind);
    let list = "Approved Cellular and Gene Therapy Products _ FDA.html";
    assert_eq!(kind(list).as_deref(), Some("cellular_gene_therapy"));
    assert_eq!(kind("Vaccines Licensed for Use.html").as_deref(), Some("vaccine"));
    assert_eq!(kind("Supporting Documents.html").as_deref(), Some("supporting_document"));
    assert_eq!(kind("ABECMA.html").as_deref(), Some("product"));
    assert!(UsCber.import_request("x.csv", b"a,b").is_none());
}

#[test]
fn saved_pages_are_told_by_their_address_and_title_before_their_name() {
    let kind = |name: &str, head: &str| {
        let page = format!("<!DOCTYPE html><html><head>{head}</head><body>");
        UsCber.import_request(name, page.as_bytes()).unwrap().kind
    };
    let canonical = |url: &str| format!("<link rel=\"canonical\" href=\"{url}\" />");
    for list in LISTS {
        assert_eq!(kind("2023.html", &canonical(SPEC.url(list).as_str())), list);
    }
    let product = canonical("https://www.fda.gov/vaccines-blood-biologics/casgevy");
    assert_eq!(kind("cellular and gene therapy products.html", &product), "product");
    for (title, list) in [
        ("Approved Cellular and Gene Therapy Products | FDA", "cellular_gene_therapy"),
        ("Vaccines Licensed for Use in the United States | FDA", "vaccine"),
        ("Licensed Biological Products with Supporting Documents | FDA", "supporting_document"),
        ("CASGEVY | FDA", "product"),
    ] {
        assert_eq!(kind("2023.html", &format!("<title>{title}</title>")), list);
        assert_eq!(kind("2023.html", &format!("</head><body><h1>{title}</h1>")), list);
    }
}

#[test]
fn a_saved_page_that_is_no_product_is_refused() {
    let read = |body: &[u8]| {
        let request = UsCber.import_request("a.html", body).unwrap();
        UsCber.parse(&Page { request: &request, content_type: None, last_modified: None, body })
    };
    let other = b"<html><head><title>About CBER | FDA</title></head><body><p>Indication: y</p>";
    let error = read(other).unwrap_err().to_string();
    assert!(error.contains("an STN or a Proper Name") && error.contains("About CBER"), "{error}");
    assert_eq!(read(PRODUCT.as_bytes()).unwrap().issues, []);
}

/// A file of this source's fixtures.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/us_cber/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

#[test]
fn the_fixtures_read_without_a_problem() {
    for (kind, file, rows, pages) in [
        ("cellular_gene_therapy", "cgt.html", 6, 6),
        ("vaccine", "vaccines.html", 5, 5),
        ("supporting_document", "documents.html", 6, 0),
        ("product", "abecma.html", 1, 0),
        ("product", "yescarta.html", 1, 0),
        ("product", "comirnaty.html", 1, 0),
    ] {
        let parsed = read(kind, &fixture(&format!("day1/{file}"))).unwrap();
        assert_eq!((parsed.tables[0].len(), parsed.follow_ups.len()), (rows, pages), "{file}");
        assert_eq!(parsed.issues, []);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ["cellular_gene_therapy", "vaccine", "supporting_document", "product"] {
            let _ = read(kind, &bytes);
        }
    }

    #[test]
    fn a_damaged_page_does_no_harm(at in 0usize..2000, byte: u8, cut in 0usize..2000) {
        for (kind, page) in [("cellular_gene_therapy", CGT), ("vaccine", VACCINES), ("supporting_document", DOCUMENTS), ("product", PRODUCT)] {
            let mut body = page.as_bytes().to_vec();
            let len = body.len();
            body[at % len] = byte;
            let _ = read(kind, &body);
            body.truncate(cut % len);
            let _ = read(kind, &body);
        }
    }
}
