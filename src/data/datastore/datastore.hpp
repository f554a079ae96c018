#pragma once
// Rows of published tables: one table for each distribution, versions of it that never change, and
// what people ask of them. A version is a Parquet file with an index beside it; PostgreSQL knows
// which versions count (decision 0024, docs/datastore.md).
//
// A Datastore is thread-safe, and several nodes may have one on the same directory and database. It
// knows nothing of who may read: the caller decides that at each call. Row numbers (`_id`) count
// from 1 within a version. Errors of all calls: not_found "no_such_table", "no_such_version",
// "table_withdrawn"; those of columnar.hpp where rows are read.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/columnar.hpp"
#include "core/core.hpp"
#include "intake/intake.hpp"
#include "store/store.hpp"

namespace minben::datastore {

/// The value is the id of the distribution whose rows these are.
using TableId = Id<struct TableTag>;

/// A line of the data dictionary.
struct Field {
  std::string name;         ///< unique without regard to ASCII case; never "_id"
  std::string label;        ///< what people call it; may be empty
  std::string description;  ///< may be empty
  intake::Type type = intake::Type::text;
  intake::Role role = intake::Role::none;
  std::string unit;           ///< "km"; "" = none or not said
  std::string note;           ///< intake::Column::note
  std::int64_t nulls = 0;     ///< rows without a value
  std::int64_t distinct = 0;  ///< different values; an estimate, within 10 % or so
  std::string least;          ///< smallest value as text, cut after 100 bytes; "" = none
  std::string most;           ///< greatest value likewise
  friend bool operator==(const Field&, const Field&) = default;
};

struct Version {
  int number = 0;  ///< from 1
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< of the Parquet file
  std::string sha256;      ///< of the Parquet file, hex
  Instant made_at{};
  /// {"kind": "file", "name", "format", "encoding", "repairs" …} or {"kind": "rows"}; "original"
  /// when the file itself is kept, too.
  Json source;
  std::vector<Field> fields;
};

struct Table {
  TableId id;
  std::vector<std::string> primary_key;  ///< names of fields; empty = none
  Version version;                       ///< the one that was asked for
};

/// A file as it was uploaded, kept beside the version that was read from it.
struct Original {
  std::filesystem::path file;
  std::string sha256;    ///< hex
  std::string name;      ///< as it was uploaded: to be shown, never a path
  std::string format;    ///< as intake names it: "csv"
  std::string encoding;  ///< likewise: "Big5"
  std::int64_t bytes = 0;
};

struct Config {
  std::filesystem::path directory;  ///< of all tables; made when missing
  /// Of the questions that this room puts itself, of one load, and of strangers' SQL: each at most.
  std::uint64_t read_memory_bytes = 2ull << 30;
  std::uint64_t load_memory_bytes = 2ull << 30;
  std::uint64_t sql_memory_bytes = 512ull << 20;
  std::uint64_t spill_bytes = 8ull << 30;  ///< on disk, of each of the three
  int threads = 2;
  int queries = 8;  ///< at once, of each sort
  milliseconds search_time{15'000};
  milliseconds sql_time{10'000};
  milliseconds export_time{3'600'000};
  milliseconds load_time{900'000};
  std::int64_t max_rows_by_call = 2'000'000;  ///< of tables that are written by calls
  /// A Parquet file with more bytes can be read, if slowly, before its index is made.
  std::uintmax_t index_first_bytes = 8u << 20;
  int originals_kept = 10;  ///< of a table: those of its newest versions
};

/// What a load is at.
enum class LoadStage {
  inspecting,  ///< what the file is, and rewriting what is not regular
  reading,     ///< the engine reads it
  indexing
};

/// A field of a table that is made by a call.
struct NewField {
  std::string name;
  intake::Type type = intake::Type::text;
  std::string label{};
  std::string description{};
  std::string unit{};
};

enum class Method { insert, update, upsert };

struct Search;
struct Page;
struct Aggregate;
struct Bars;
struct SqlAnswer;
struct Export;
struct Comparison;
struct Difference;

class Datastore {
 public:
  /// Makes the directory, and sweeps it.
  static Result<std::unique_ptr<Datastore>> open(const Config& config, store::Database& database,
                                                 const Clock& clock, Random& random);
  ~Datastore();

  // --- making versions

  struct LoadOptions {
    Json source = JsonObject{};  ///< kept in Version::source, beside what is found out
    /// Labels, descriptions and units by name; others than the file has are passed over.
    std::vector<NewField> described;
    intake::Limits limits;
    std::function<bool()> cancelled;
    /// Called when a stage begins. The connection is the one that reads, and may be asked for its
    /// progress from any thread until the next call; nullptr when there is none. The last call is
    /// with indexing and nullptr, or the load has failed and `load` returns.
    std::function<void(LoadStage, const columnar::Connection*)> at_stage;
  };
  /// Reads a file and makes it the next version. Nothing of a load that fails, or is killed, is
  /// seen. Errors: those of intake::prepare; invalid "not_a_table" when the engine cannot read it
  /// either.
  Result<Version> load(TableId table, const std::filesystem::path& file, const intake::Hints& hints,
                       const LoadOptions& options);

  /// Makes the newest version of one table the next one of another, and drops the first: what was
  /// read aside, and looked at, is published in the caller's transaction. With `original` (its file
  /// and sha256) that file is kept beside it, by a link where the file system has any; the
  /// version's source tells name and format. not_found "no_such_table", "table_withdrawn".
  Result<Version> adopt(store::Transaction& tx, TableId from, TableId into,
                        const std::optional<Original>& original);

  /// Makes a table, or gives an existing one new fields and a primary key; its rows become
  /// `records` (JSON objects). invalid "bad_field", "bad_value", "bad_key".
  Result<Version> create(TableId table, const std::vector<NewField>& fields,
                         const std::vector<std::string>& primary_key, const JsonArray& records);
  /// Each call is a version. update and upsert need a primary key. A record of an update may leave
  /// fields out, which then keep their values. conflict "duplicate_key"; not_found "no_such_row"
  /// when an updated row is missing; too_large "table_too_large".
  Result<Version> write(TableId table, Method method, const JsonArray& records);
  /// Rows that match the filters (docs/datastore.md) go.
  Result<Version> remove_rows(TableId table, const Json& filters);

  /// Removes all versions but so many, at least one: of tables that are written often, whose every
  /// version holds all of the one before. No error when there is none.
  Result<void> keep_newest(TableId table, int versions);

  /// From now on nobody reads it, on no node; exports that run end with an error.
  Result<void> withdraw(TableId table);
  Result<void> reopen(TableId table);
  /// Removes all versions and their files. No error when there is none.
  Result<void> drop(TableId table);

  // --- reading

  Result<Table> info(TableId table, std::optional<int> version = std::nullopt);
  /// Those of them whose rows can be read now, in no order. Any number; one question.
  Result<std::vector<TableId>> present(std::span<const TableId> tables);
  /// The newest first.
  Result<std::vector<Version>> versions(TableId table);
  Result<Page> search(TableId table, const Search& search);
  Result<Bars> aggregate(TableId table, const Aggregate& aggregate);
  /// Tables are named by their ids in double quotes, and mean their newest versions; `may_read` is
  /// asked for each.
  Result<SqlAnswer> search_sql(std::string_view sql, const std::function<bool(TableId)>& may_read);
  /// Hands pieces of at most some 100 kB to `sink` until there are no more, or it fails.
  Result<void> export_rows(TableId table, const Export& wanted,
                           const std::function<Result<void>(std::string_view)>& sink);
  /// The version's file itself; it stays where it is as long as the table is not dropped.
  Result<std::filesystem::path> parquet(TableId table, std::optional<int> version = std::nullopt);
  /// The file that the version was read from, as it was; likewise. not_found "no_original" when it
  /// was not kept: only those of the newest versions are.
  Result<Original> original(TableId table, std::optional<int> version = std::nullopt);
  Result<Difference> compare(TableId table, const Comparison& wanted);

  /// Waits until the indexes have been made of what was loaded, or was found without one, here.
  void settle();
  /// Removes what killed loads left; how many files and folders.
  Result<int> sweep();

  struct Impl;

 private:
  explicit Datastore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether a directory can hold tables: writable, and with locks and renames as all nodes need
/// them. Makes it when it is missing. internal "cannot_write", "no_locks".
Result<void> check_directory(const std::filesystem::path& directory);
/// How many tables have no Parquet file of their newest version there: nodes that do not share
/// their directory, or a database and a directory of different backups. Looks at the 1,000 that
/// changed last.
Result<int> missing_tables(store::Database& database, const std::filesystem::path& directory);

/// The name of a type as CKAN's datastore shows it: "text", "int8", "float8", "bool", "date",
/// "timestamp".
std::string_view postgres_type(intake::Type type);

std::span<const store::Migration> migrations();

}  // namespace minben::datastore
