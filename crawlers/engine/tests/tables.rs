//! Raw tables and gates.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use regatta_lake::schema::{ENVELOPE, ISSUE_COLUMNS};
use regatta_lake::{FetchOutcome, RunManifest, RunStatus};
use regatta_sources::BodyKind;
use support::{Bench, Fake, Settings, column, fake, ok, request, rows, text_table};

fn source(settings: Settings) -> &'static Fake {
    fake("us_test", vec![request("https://a.test/data", BodyKind::Text)], settings)
}

fn gate<'a>(run: &'a RunManifest, gate: &str) -> (&'a str, &'a str) {
    let found = run.gates.iter().find(|g| g.gate == gate && g.table == "items");
    found.map(|g| (g.verdict.as_str(), g.detail.as_str())).unwrap()
}

#[tokio::test]
async fn rows_carry_their_envelope_and_pages_may_bring_new_columns() {
    let bench = Bench::new().await.at("2026-11-23T08:00:00.5Z");
    bench.site.on("a.test/data", |_, _| {
        ok("next https://a.test/2\ncolumns ID,Name\nrow 1,a\nrow 2\nrow 1,c\nissue looks odd\n")
    });
    bench.site.on("a.test/2", |_, _| ok("columns url,name,id\nrow http://x,d,3\n"));
    let run = bench.crawl(source(Settings::default())).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 4), "{:?}", run.failure);
    let table = &run.tables[0];
    assert_eq!((table.name.as_str(), table.rows), ("items", 4));
    assert_eq!(table.columns, ["id", "name", "url_2"]);
    assert_eq!(table.new_columns, ["url_2"]);

    let batch = rows(&bench.raw_file(&run, "items"));
    let names: Vec<_> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    let envelope: Vec<_> = ENVELOPE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names[..envelope.len()], envelope);
    assert_eq!(names[envelope.len()..], ["id", "name", "url_2"]);
    assert_eq!(column(&batch, "source_id"), ["us_test"; 4]);
    assert_eq!(column(&batch, "run_id"), ["20261123T080000500Z"; 4]);
    assert_eq!(column(&batch, "record_key"), ["1", "2", "1#2", "3"]);
    assert_eq!(column(&batch, "fetched_at"), ["2026-11-23T08:00:00.500Z"; 4]);
    assert_eq!(column(&batch, "url")[2..], ["https://a.test/data", "https://a.test/2"]);
    let sha = |n: usize| run.fetches[n].body_sha256.unwrap().to_string();
    assert_eq!(column(&batch, "body_sha256"), [sha(0), sha(0), sha(0), sha(1)]);
    assert_eq!(column(&batch, "name"), ["a", "-", "c", "d"]);
    assert_eq!(column(&batch, "url_2"), ["-", "-", "-", "http://x"]);

    let issues = rows(&bench.raw_file(&run, "_issues"));
    let names: Vec<_> = issues.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[..2], ["source_id", "run_id"]);
    assert_eq!(names[2..], ISSUE_COLUMNS.iter().map(|(n, _)| *n).collect::<Vec<_>>());
    assert_eq!(column(&issues, "kind"), ["odd", "repeated_key"]);
    let counts: Vec<_> = run.issues.iter().map(|i| (i.kind.as_str(), i.count)).collect();
    assert_eq!(counts, [("odd", 1), ("repeated_key", 1)]);
    assert_eq!(run.issues[0].example, "row 6: looks odd");
    assert_eq!(
        run.steps.iter().map(|s| s.step.as_str()).collect::<Vec<_>>(),
        ["fetch", "parse", "write"]
    );
    bench.assert_served(&run);
}

#[tokio::test]
async fn the_same_bytes_at_the_same_time_give_the_same_files() {
    let mut files = Vec::new();
    for _ in 0..2 {
        let bench = Bench::new().await.at("2026-11-23T08:00:00Z");
        bench.site.on("a.test/data", |_, _| ok(text_table(900) + "issue odd\n"));
        let run = bench.crawl(source(Settings::default())).await;
        let read = |table| std::fs::read(bench.raw_file(&run, table)).unwrap();
        files.push((read("items"), read("_issues")));
    }
    assert_eq!(files[0], files[1]);
}

#[tokio::test]
async fn secrets_are_masked_in_the_archive_and_in_the_tables() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok("columns id,name\nrow 1,call 555-0100 now\n"));
    let settings = Settings { secret: Some("555-0100"), ..Settings::default() };
    let run = bench.crawl(source(settings)).await;
    let batch = rows(&bench.raw_file(&run, "items"));
    assert_eq!(column(&batch, "name"), ["call *** now"]);
    let body = bench.lake.archive().get(run.fetches[0].body_sha256.unwrap()).unwrap();
    assert_eq!(body, b"columns id,name\nrow 1,call *** now\n");
    assert_eq!(bench.crawl(source(settings)).await.status, RunStatus::Unchanged);
}

#[tokio::test]
async fn too_few_rows_and_a_table_that_is_missing_reject_the_run() {
    let settings = Settings { min_rows: 3, ..Settings::default() };
    for (page, name, words) in [
        (text_table(2), "minimum", "2 rows, at least 3 expected"),
        ("total all 0\n".to_owned(), "present", "the table did not come; it had 4 rows before"),
    ] {
        let bench = Bench::new().await;
        bench.site.on("a.test/data", |_, _| ok(text_table(4)));
        let good = bench.crawl(source(settings)).await;
        bench.site.on("a.test/data", move |_, _| ok(&page));
        let run = bench.crawl(source(settings)).await;
        assert_eq!(
            (run.status, run.fetches[0].outcome),
            (RunStatus::Rejected, FetchOutcome::Fetched)
        );
        assert_eq!(gate(&run, name), ("failed", words));
        assert!(run.failure.unwrap().reason.contains(words));
        assert_eq!((run.tables.len(), run.data_run_id), (0, None));
        // The body is kept for whoever wants to see what was refused.
        bench.lake.archive().get(run.fetches[0].body_sha256.unwrap()).unwrap();
        bench.assert_served(&good);
    }
}

#[tokio::test]
async fn too_many_rows_are_reported_and_served() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok(text_table(4)));
    let run = bench.crawl(source(Settings { max_rows: 3, ..Settings::default() })).await;
    assert_eq!(run.status, RunStatus::Ok);
    assert_eq!(gate(&run, "maximum"), ("warned", "4 rows, at most 3 expected"));
}

#[tokio::test]
async fn a_loss_of_rows_is_refused_unless_an_operator_accepts_it() {
    let mut bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok(text_table(8)));
    let good = bench.crawl(source(Settings::default())).await;
    bench.site.on("a.test/data", |_, _| ok(text_table(6)));
    assert_eq!(bench.crawl(source(Settings::default())).await.status, RunStatus::Ok);
    bench.site.on("a.test/data", |_, _| ok(text_table(4)));
    let run = bench.crawl(source(Settings::default())).await;
    assert_eq!(run.status, RunStatus::Rejected);
    assert!(gate(&run, "shrinkage").1.contains("33.3 % are gone, at most 25.0 % may be"));
    bench.options.accept_shrink = true;
    let run = bench.crawl(source(Settings::default())).await;
    assert_eq!((run.status, gate(&run, "shrinkage").0), (RunStatus::Ok, "warned"));
    bench.assert_served(&run);
    assert_ne!(run.run_id, good.run_id);
}

#[tokio::test]
async fn what_comes_must_reach_the_declared_total() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok(format!("total all 3\n{}", text_table(3))));
    let good = bench.crawl(source(Settings::default())).await;
    assert_eq!(gate(&good, "declared_total").0, "passed");
    // Two parts on two pages, one of them declared on both; a repeated row counts.
    bench.site.on("a.test/data", |_, _| {
        ok(format!("next https://a.test/2\ntotal h 3\n{}row 3,again\n", text_table(3)))
    });
    bench.site.on("a.test/2", |_, _| ok("total h 4\ntotal v 1\ncolumns id\nrow 9\n"));
    let run = bench.crawl(source(Settings::default())).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 5));
    assert_eq!(gate(&run, "declared_total").1, "the source declares 5 rows in 2 parts, 5 came");

    bench.site.on("a.test/data", |_, _| ok(format!("total all 42\n{}", text_table(5))));
    let short = bench.crawl(source(Settings::default())).await;
    assert_eq!(short.status, RunStatus::Rejected);
    assert_eq!(gate(&short, "declared_total"), ("failed", "the source declares 42 rows, 5 came"));
    bench.assert_served(&run);
}
