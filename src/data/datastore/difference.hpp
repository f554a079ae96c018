#pragma once
// What changed from one version of a table to another, row by row.
#include "datastore/datastore.hpp"

namespace minben::datastore {

struct Comparison {
  int from = 0;
  int to = 0;
  /// Fields that tell rows apart. Empty: the table's primary key, or else a field that is different
  /// in every row of both versions, or else none.
  std::vector<std::string> key;
  int limit = 100;  ///< at most 1,000
  std::int64_t offset = 0;
};

struct Difference {
  std::vector<std::string> key;  ///< empty: rows are compared as wholes, and none is "changed"
  std::vector<std::string> added_fields, removed_fields;
  std::int64_t added = 0, removed = 0, changed = 0, unchanged = 0;
  /// A page of JSON objects: {"change": "added" | "removed", "row": {…}}, {"change": "changed",
  /// "key": {…}, "cells": {"amount": [old, new]}}; removed, changed, added. Rows that occur several
  /// times have "times".
  std::string rows;
};

}  // namespace minben::datastore
