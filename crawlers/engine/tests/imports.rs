//! Imported files: what they replace, what they add to, what is let pass.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::io::{Cursor, Write};

use regatta_crawlers::{CrawlError, ImportFile, recognises};
use regatta_lake::{FetchOutcome, RunManifest, RunStatus, history};
use regatta_sources::BodyKind;
use support::{Bench, Fake, Settings, column, fake, ok, request, rows, status, text_table};

fn source(settings: Settings) -> &'static Fake {
    fake("us_test", vec![request("https://a.test/data", BodyKind::Text)], settings)
}

fn adding() -> &'static Fake {
    source(Settings { import_adds: true, ..Settings::default() })
}

fn gate<'a>(run: &'a RunManifest, gate: &str) -> (&'a str, &'a str) {
    let found = run.gates.iter().find(|g| g.gate == gate && g.table == "items");
    found.map(|g| (g.verdict.as_str(), g.detail.as_str())).unwrap()
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn import(name: &str, data: impl Into<Vec<u8>>) -> ImportFile {
    ImportFile { name: name.into(), data: data.into() }
}

#[tokio::test]
async fn files_of_an_operator_take_the_place_of_a_crawl() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| status(403, "", &[]));
    assert_eq!(bench.crawl(source(Settings::default())).await.status, RunStatus::Blocked);

    let files = vec![
        import("b.txt", "columns id\nrow 9\n"),
        import(
            "a.zip",
            zip(&[("saved/one.txt", &text_table(3)), ("two.txt", "columns id\nrow 7\n")]),
        ),
    ];
    let source = source(Settings::default());
    let run = bench.crawler().import(source, files.clone()).await.unwrap();
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 5), "{:?}", run.failure);
    let urls: Vec<_> = run.fetches.iter().map(|f| f.url.as_str()).collect();
    assert_eq!(urls, ["import:a.zip/one.txt", "import:a.zip/two.txt", "import:b.txt"]);
    assert!(run.fetches.iter().all(|f| f.outcome == FetchOutcome::Imported));
    let batch = rows(&bench.raw_file(&run, "items"));
    assert_eq!(column(&batch, "url")[4], "import:b.txt");
    bench.assert_served(&run);

    let again = bench.crawler().import(source, files).await.unwrap();
    assert_eq!((again.status, again.data_run_id), (RunStatus::Unchanged, Some(run.run_id.clone())));
    assert_eq!(bench.crawl(source).await.status, RunStatus::Blocked);
    bench.assert_served(&run);

    let unknown = bench.crawler().import(source, vec![import("photo.jpg", "x")]).await;
    assert!(matches!(unknown, Err(CrawlError::UnknownFile { file, .. }) if file == "photo.jpg"));
}

#[test]
fn a_workbook_of_old_is_refused_in_words_where_workbooks_are_taken() {
    let xls = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("Old.XLS", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(xls).unwrap();
    let packed = writer.finish().unwrap().into_inner();
    let why = |id: &str, file: ImportFile| {
        let source = regatta_sources::registry::find(id).unwrap();
        recognises(source, &file).unwrap_err().to_string()
    };
    let words = "is an Excel 97-2003 workbook (.xls); save it as .xlsx";
    for id in ["eu_ema", "eu_hma_mri", "jp_mhlw_price", "jp_pmda"] {
        assert_eq!(why(id, import("old.xls", xls)), format!("\"old.xls\" {words}"), "{id}");
        let inner = why(id, import("a.zip", packed.clone()));
        assert_eq!(inner, format!("\"a.zip/Old.XLS\" {words}"), "{id}");
    }
    assert!(why("cn_cde", import("old.xls", xls)).contains("knows no file like"));
}

#[tokio::test]
async fn a_part_of_the_data_is_imported_and_said_to_be_one() {
    let bench = Bench::new().await;
    let source = source(Settings { min_rows: 5, ..Settings::default() });
    let file = import("page.txt", "columns id,name\ntotal 22-hits 22\nrow 1,a\nrow 2,b\n");
    let run = bench.crawler().import(source, vec![file.clone()]).await.unwrap();
    assert_eq!(run.status, RunStatus::Ok, "{:?}", run.failure);
    let (verdict, detail) = gate(&run, "minimum");
    assert_eq!(verdict, "warned");
    assert!(detail.starts_with("2 rows, at least 5 expected; no cause to refuse"), "{detail}");
    let (verdict, detail) = gate(&run, "declared_total");
    assert_eq!(verdict, "warned");
    assert!(detail.contains("declares 22 rows, 2 came; no cause"), "{detail}");
    bench.assert_served(&run);
    // The same page that is crawled is refused.
    bench.site.on("a.test/data", move |_, _| ok(file.data.clone()));
    assert_eq!(bench.crawl(source).await.status, RunStatus::Rejected);
    bench.assert_served(&run);
}

#[tokio::test]
async fn a_file_that_should_hold_the_whole_table_is_refused_where_it_is_cut_off() {
    let mut bench = Bench::new().await;
    let settings = Settings { min_rows: 5, import_whole: true, ..Settings::default() };
    let source = source(settings);
    let file = |rows: usize| vec![import("list.txt", text_table(rows))];
    let run = bench.crawler().import(source, file(4)).await.unwrap();
    assert_eq!((run.status, run.tables.len()), (RunStatus::Rejected, 0));
    let (verdict, detail) = gate(&run, "minimum");
    assert_eq!(verdict, "failed");
    assert!(detail.starts_with("4 rows, at least 5 expected; a file holds the whole"), "{detail}");
    assert!(detail.contains("`items` in [sources.us_test.min_rows]"), "{detail}");

    let good = bench.crawler().import(source, file(5)).await.unwrap();
    assert_eq!((good.status, good.rows()), (RunStatus::Ok, 5), "{:?}", good.failure);
    // A loss that is small enough, but not what is left.
    let cut = bench.crawler().import(source, file(4)).await.unwrap();
    assert_eq!((cut.status, gate(&cut, "shrinkage").0), (RunStatus::Rejected, "passed"));
    bench.assert_served(&good);

    let own = ("us_test".to_owned(), "items".to_owned());
    bench.options.min_rows.insert(own, 4);
    let run = bench.crawler().import(source, file(4)).await.unwrap();
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 4), "{:?}", run.failure);
    bench.assert_served(&run);
}

#[tokio::test]
async fn an_import_without_a_row_is_refused() {
    let bench = Bench::new().await;
    let empty = || vec![import("page.txt", "columns id,name\n")];
    for source in [source(Settings::default()), adding()] {
        let run = bench.crawler().import(source, empty()).await.unwrap();
        assert_eq!(run.status, RunStatus::Rejected);
        assert!(run.failure.unwrap().reason.contains("the files hold no row"));
    }
}

#[tokio::test]
async fn a_replacing_import_that_loses_rows_says_what_to_do() {
    let mut bench = Bench::new().await;
    let source = source(Settings::default());
    let file = |name: &str, n| vec![import(name, text_table(n))];
    let good = bench.crawler().import(source, file("a.txt", 8)).await.unwrap();
    let run = bench.crawler().import(source, file("b.txt", 2)).await.unwrap();
    assert_eq!(run.status, RunStatus::Rejected);
    let (verdict, detail) = gate(&run, "shrinkage");
    assert_eq!(verdict, "failed");
    assert!(detail.contains("import all files of it together"), "{detail}");
    assert!(detail.contains("--accept-shrink"), "{detail}");
    bench.assert_served(&good);
    bench.options.accept_shrink = true;
    let run = bench.crawler().import(source, file("b.txt", 2)).await.unwrap();
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 2));
}

/// id, name and run of every row, sorted.
fn served(bench: &Bench, run: &RunManifest) -> Vec<[String; 3]> {
    let table = |name: &str| bench.column(run, "items", name);
    let mut rows: Vec<_> = table("id")
        .into_iter()
        .zip(table("name"))
        .zip(table("run_id"))
        .map(|((id, name), run)| [id, name, run])
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn an_import_of_single_records_adds_to_what_is_served() {
    let mut bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok("columns id,name\nrow 1,one\nrow 2,two\nissue old\n"));
    let crawl = bench.crawl(adding()).await;
    let one = |text: &str| vec![import("page.txt", format!("columns id,name\n{text}"))];
    let first = bench.crawler().import(adding(), one("row 2,zwei\nrow 3,drei\n")).await.unwrap();
    assert_eq!(first.status, RunStatus::Ok, "{:?}", first.failure);
    let (old, new) = (crawl.run_id.to_string(), first.run_id.to_string());
    let row = |id: &str, name: &str, run: &str| [id.to_owned(), name.to_owned(), run.to_owned()];
    assert_eq!(
        served(&bench, &first),
        [row("1", "one", &old), row("2", "zwei", &new), row("3", "drei", &new)]
    );
    let issues: Vec<_> = first.issues.iter().map(|i| (i.kind.as_str(), i.count)).collect();
    assert_eq!(issues, [("odd", 1)]);
    bench.assert_served(&first);

    // A file of the same name with another record: the bytes behind the rows of
    // the first one are still named.
    let second = bench.crawler().import(adding(), one("row 4,vier\n")).await.unwrap();
    assert_eq!((second.status, second.rows()), (RunStatus::Ok, 4));
    let behind: Vec<_> =
        second.fetches.iter().filter_map(|f| f.body_sha256).map(|s| s.to_string()).collect();
    for sha in bench.column(&second, "items", "body_sha256") {
        assert!(behind.contains(&sha), "{sha}");
    }
    bench.assert_served(&second);

    // What is served already makes no run of its own.
    let again = bench.crawler().import(adding(), one("row 4,vier\nrow 1,one\n")).await.unwrap();
    assert_eq!((again.status, &again.data_run_id), (RunStatus::Unchanged, &second.data_run_id));
    bench.assert_served(&second);
    assert!(again.fetches.len() > 1);

    // A full export may take the place of it all.
    (bench.options.import_replaces, bench.options.accept_shrink) = (true, true);
    let whole = bench.crawler().import(adding(), one("row 7,sieben\n")).await.unwrap();
    assert_eq!((whole.status, whole.rows()), (RunStatus::Ok, 1));
    bench.assert_served(&whole);

    // The next crawl takes the place of all of it.
    bench.site.on("a.test/data", |_, _| ok("columns id,name\nrow 1,one\nrow 2,two\nrow 3,x\n"));
    let crawl = bench.crawl(adding()).await;
    assert_eq!((crawl.status, crawl.rows()), (RunStatus::Ok, 3));
    let past = history(&bench.lake, &crawl.source_id).unwrap();
    assert_eq!(past.data_run().unwrap().run_id, crawl.run_id);
}

#[tokio::test]
async fn archives_of_desktops_and_of_many_pages_are_opened() {
    let bench = Bench::new().await;
    let source = source(Settings::default());
    let clutter = [
        ("__MACOSX/._one.txt", "x"),
        (".DS_Store", "x"),
        ("a/Thumbs.db", "x"),
        ("a/desktop.ini", "x"),
        ("notes.doc", "x"),
        ("a/one.txt", "columns id\nrow 1\n"),
    ];
    let run = bench.crawler().import(source, vec![import("a.zip", zip(&clutter))]).await.unwrap();
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 1), "{:?}", run.failure);
    assert_eq!(run.unread, ["a.zip/notes.doc"]);

    for none in [&clutter[..4], &clutter[..5]] {
        let refused = bench.crawler().import(source, vec![import("b.zip", zip(none))]).await;
        assert!(matches!(refused, Err(CrawlError::UnknownFile { .. })), "{refused:?}");
    }

    let pages: Vec<(String, String)> =
        (0..272).map(|n| (format!("page{n}.txt"), format!("columns id\nrow {n}\n"))).collect();
    let pages: Vec<(&str, &str)> = pages.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let run = bench.crawler().import(source, vec![import("c.zip", zip(&pages))]).await.unwrap();
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 272), "{:?}", run.failure);
}
