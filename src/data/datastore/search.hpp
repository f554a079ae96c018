#pragma once
// What people ask of one table: CKAN's datastore_search with the filters of CKAN 2.12, figures for
// charts, and SQL.
#include "datastore/datastore.hpp"

namespace minben::datastore {

enum class RecordsFormat { objects, lists, csv, tsv };

/// Errors: invalid "bad_field", "bad_value", "bad_filter", "bad_sort", "bad_query_text",
/// "bad_limit" with the parameter's name in `field`.
struct Search {
  static constexpr int default_limit = 100;
  static constexpr int max_limit = 32'000;
  static constexpr std::size_t max_bytes = 64u << 20;  ///< of records: too_large "answer_too_large"

  std::optional<int> version;
  Json filters = JsonObject{};  ///< docs/datastore.md
  /// Full text: a string over all fields, or an object of strings by field. White space parts
  /// words, all of which must occur, in any case; in Chinese a word is any run of characters.
  Json q = nullptr;
  bool plain = true;                ///< false: q has & | ! ( ) as PostgreSQL's tsquery has
  std::vector<std::string> fields;  ///< empty: `_id` and all
  std::string sort;                 ///< "amount desc, \"a name\" asc nulls first"
  bool distinct = false;            ///< of the fields asked for
  int limit = default_limit;
  std::int64_t offset = 0;
  bool include_total = true;
  RecordsFormat format = RecordsFormat::objects;
};

struct PageField {
  std::string name;
  std::string type;  ///< as postgres_type, or a type of SQL
};

struct Page {
  int version = 0;
  std::vector<PageField> fields;
  std::string records;  ///< JSON, CSV or TSV text
  std::int64_t count = 0;
  std::optional<std::int64_t> total;  ///< exact
  Json next_page;  ///< filters with which the next page is as fast as the first; null = none, or
                   ///< sorted
};

/// Figures for a chart.
struct Aggregate {
  enum class Measure { count, sum, avg, min, max };
  enum class Bucket { values, histogram, year, month, day };
  static constexpr int max_bars = 10'000;  ///< more than there are villages

  std::optional<int> version;
  Json filters = JsonObject{};
  Json q = nullptr;  ///< as of Search
  std::string group;  ///< a field; "" = everything is one bar
  Bucket bucket = Bucket::values;
  Measure measure = Measure::count;
  std::string of;  ///< the field that is measured; of a number unless min, max
  int limit = 20;  ///< bars; of values: the greatest measures, the rest together
};

struct Bar {
  std::optional<std::string> label;  ///< nullopt: rows without a value
  std::optional<double> from, to;    ///< of a histogram
  std::int64_t rows = 0;
  std::string value;  ///< JSON: a number, or a text for min and max of texts; "null"
};
struct Bars {
  int version = 0;
  std::vector<Bar> bars;    ///< by measure; histograms and times in their order
  std::int64_t groups = 0;  ///< different groups there are
  std::int64_t others = 0;  ///< rows of groups that are not among the bars
  std::int64_t rows = 0;    ///< that match the filters
};

struct SqlAnswer {
  static constexpr int max_rows = 32'000;

  std::vector<PageField> fields;
  std::string records;  ///< JSON objects
  std::int64_t count = 0;
  bool truncated = false;  ///< there are more rows
};

}  // namespace minben::datastore
