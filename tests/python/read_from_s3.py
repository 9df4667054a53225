"""Reads a published snapshot from object storage as docs/object-storage.md shows it.

Environment: REGATTA_S3_URL (s3://bucket/prefix), REGATTA_S3_ENDPOINT (http://host:port),
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. Prints one JSON object of what was read.
"""

import json
import os
import pathlib

import duckdb
import duckdb_extension_httpfs
import polars as pl

url = os.environ["REGATTA_S3_URL"]
endpoint = os.environ["REGATTA_S3_ENDPOINT"]
key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]

con = duckdb.connect()
# Where DuckDB may fetch extensions itself, `INSTALL httpfs; LOAD httpfs` does the same.
folder = pathlib.Path(duckdb_extension_httpfs.__file__).parent
(extension,) = folder.glob("extensions/*/httpfs.duckdb_extension")
con.load_extension(str(extension))
con.execute(
    f"""
    CREATE SECRET regatta (
        TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION 'us-east-1',
        ENDPOINT '{endpoint.removeprefix("http://")}', URL_STYLE 'path', USE_SSL false
    )
    """
)

# 1. Which snapshot is served, and where its files are.
(text,) = con.execute(f"SELECT content FROM read_text('{url}/current.json')").fetchone()
current = json.loads(text)
path = {f["name"]: f"{url}/{f['path']}" for f in current["tables"] + current["files"]}

# 2. DuckDB reads the Parquet files there,
drugs = con.execute(f"SELECT count(*) FROM read_parquet('{path['drug']}')").fetchone()[0]
joined = con.execute(
    f"""
    SELECT count(*) FROM read_parquet('{path["listing"]}') AS l
    JOIN read_parquet('{path["drug_record"]}') USING (record_id)
    """
).fetchone()[0]

# 3. or opens the DuckDB file itself, with its views and macros, reading what a query needs.
con.execute(f"ATTACH '{path['regatta.duckdb']}' AS regatta (READ_ONLY)")
con.execute("USE regatta")
attached = con.execute("SELECT value FROM meta WHERE key = 'snapshot_id'").fetchone()[0]
found = con.execute("SELECT count(*) FROM search('nevirapine')").fetchone()[0]

# 4. polars reads the same Parquet files.
storage = {
    "aws_access_key_id": key,
    "aws_secret_access_key": secret,
    "aws_region": "us-east-1",
    "aws_endpoint_url": endpoint,
    "aws_allow_http": "true",
}
nevirapine = (
    pl.scan_parquet(path["drug"], storage_options=storage)
    .filter(pl.col("generic") == "nevirapine")
    .select("drug_id", "dosage_form", "holder")
    .collect()
)

print(
    json.dumps(
        {
            "snapshot_id": current["snapshot_id"],
            "duckdb_drugs": drugs,
            "duckdb_joined": joined,
            "attached_snapshot_id": attached,
            "search_hits": found,
            "polars_nevirapine": nevirapine.height,
        }
    )
)
