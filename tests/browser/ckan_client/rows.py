"""What a program does with CKAN's own Python client: makes tables, pages through one, and asks for what is new.

    rows.py fill URL KEY FIRST COUNT ROWS   a table of ROWS rows for COUNT datasets from the FIRST on
    rows.py page URL RESOURCE SIZE          all rows by offset, and again by next_page; prints what was seen
    rows.py errors URL KEY                  which exception the client makes of each refusal
"""
import json
import sys
import time

from ckanapi import RemoteCKAN
from ckanapi import errors

TOWNS = ["信義區", "大安區", "中正區", "萬華區", "文山區"]


def fill(url, key, first, count, rows):
    ckan = RemoteCKAN(url, apikey=key)
    began = time.monotonic()
    for number in range(int(first), int(first) + int(count)):
        package = ckan.action.package_show(id=f"harvested-{number:03}")
        ckan.action.datastore_create(
            resource_id=package["resources"][0]["id"],
            fields=[{"id": "編號", "type": "int"}, {"id": "行政區", "type": "text"},
                    {"id": "金額", "type": "numeric"}, {"id": "日期", "type": "date"}],
            primary_key=["編號"],
            records=[{"編號": i, "行政區": TOWNS[i % 5], "金額": i * 1.5, "日期": f"2026-11-{1 + i % 30:02}"}
                     for i in range(int(rows))])
    print(json.dumps({"seconds": time.monotonic() - began}))


def page(url, resource, size):
    ckan = RemoteCKAN(url)
    size = int(size)
    by_offset, offset = [], 0
    while True:
        answer = ckan.action.datastore_search(resource_id=resource, limit=size, offset=offset)
        by_offset += answer["records"]
        if len(answer["records"]) < size:
            break
        offset += size
    by_filter, filters = [], None
    while True:
        asked = {"resource_id": resource, "limit": size}
        if filters is not None:
            asked["filters"] = filters
        answer = ckan.action.datastore_search(**asked)
        by_filter += answer["records"]
        filters = answer.get("next_page")
        if not filters:
            break
    sql = ckan.action.datastore_search_sql(
        sql=f'SELECT "行政區" AS town, count(*) AS n FROM "{resource}" GROUP BY town ORDER BY town')
    print(json.dumps({
        "total": answer["total"] if "total" in answer else None,
        "rows": len(by_offset),
        "different": len({row["編號"] for row in by_offset}),
        "same": by_offset == by_filter,
        "sum": sum(float(row["金額"]) for row in by_offset),
        "towns": {row["town"]: row["n"] for row in sql["records"]},
    }))


def errors_of(url, key):
    calls = [
        ("NotFound", None, "package_show", {"id": "nobody"}),
        ("ValidationError", None, "package_show", {}),
        ("SearchQueryError", None, "package_search", {"q": "organization:"}),
        ("SearchError", None, "resource_search", {"query": "colour:red"}),
        ("NotAuthorized", None, "package_create", {"name": "x-1", "owner_org": "moda"}),
        ("NotAuthorized", "nonsense", "package_create", {"name": "x-1", "owner_org": "moda"}),
        ("NotAuthorized", key, "package_create", {"name": "x-1", "title": "t", "owner_org": "nia"}),
        ("NotAuthorized", key, "follow_dataset", {"id": "air-hourly"}),
        ("NotAuthorized", key, "api_token_create", {"user": "x", "name": "y"}),
        ("CKANAPIError", None, "package_dance", {}),
    ]
    out = []
    for wanted, with_key, action, given in calls:
        try:
            RemoteCKAN(url, apikey=with_key).call_action(action, given)
            got = "an answer"
        except errors.CKANAPIError as error:
            got = type(error).__name__
        out.append({"action": action, "wanted": wanted, "got": got})
    print(json.dumps(out))


if __name__ == "__main__":
    {"fill": fill, "page": page, "errors": errors_of}[sys.argv[1]](*sys.argv[2:])
