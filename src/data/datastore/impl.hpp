#pragma once
// Private: what the files of the room share.
#include <map>
#include <mutex>

#include "besides.hpp"
#include "datastore.hpp"
#include "turns.hpp"
#include "value_index.hpp"

namespace minben::datastore {

namespace fs = std::filesystem;
using columnar::Chunk;
using columnar::Connection;
using columnar::quote_name;
using columnar::quote_text;
using columnar::Value;
using minben::to_string;
using store::Query;
using store::Transaction;

/// What lies beside a Parquet file under its name.
inline fs::path beside(const fs::path& parquet, std::string_view extension) {
  return fs::path(parquet).replace_extension(extension);
}

/// A table as it is found, and where its rows are.
struct State {
  Table table;
  fs::path file;
  [[nodiscard]] const std::vector<Field>& fields() const { return table.version.fields; }
  [[nodiscard]] fs::path index() const { return beside(file, ".index"); }
  [[nodiscard]] fs::path rows() const { return beside(file, ".rows"); }
  /// For a FROM clause; has the fields and file_row_number, from 0.
  [[nodiscard]] std::string source() const {
    return "read_parquet(" + quote_text(file.string()) + ", file_row_number = true)";
  }
};

/// A folder of one load, gone when this is, or swept when the process was killed. It is on the disk
/// of the tables, so that files can be renamed into their places.
class WorkFolder {
 public:
  static Result<WorkFolder> make(const fs::path& directory, const Clock& clock, Random& random);
  /// How many that nobody holds were removed.
  static int sweep(const fs::path& directory);
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  WorkFolder(fs::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  fs::path path_;
  int lock_;
};

/// Totals of filters that the index could not answer: versions never change, so they stay true.
class Totals {
 public:
  static constexpr std::size_t most = 10'000;
  std::optional<std::int64_t> find(const std::string& key) const;
  void keep(const std::string& key, std::int64_t total);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> totals_;
};

/// A Parquet file that is to become a version.
struct Draft {
  fs::path parquet;
  std::vector<Field> fields;
  Json source;
  std::int64_t rows = 0;
  std::optional<std::vector<std::string>> primary_key{};  ///< nullopt: as it is
  std::optional<int> base{};  ///< made from this version, which has to be the last one still
  std::string sha256{};
  bool indexed = false;  ///< its index and its rows lie beside it
};

struct Datastore::Impl {
  const Config config;
  store::Database& database;
  const Clock& clock;
  Random& random;
  std::unique_ptr<columnar::Engine> engine{};
  std::unique_ptr<columnar::Engine> sql_engine{};
  OpenFiles files{};
  Totals totals{};
  Turns turns{};

  Besides besides;  // last: its thread uses everything above

  Impl(const Config& wanted, store::Database& on, const Clock& by, Random& from)
      : config(wanted),
        database(on),
        clock(by),
        random(from),
        besides([this](const auto& missing, const auto& stop) {
          return make_missing(missing, stop);
        }) {}
  [[nodiscard]] fs::path folder_of(TableId table) const {
    return config.directory / to_string(table);
  }
  [[nodiscard]] fs::path file_of(TableId table, int number) const;

  // tables.cpp
  Result<State> state(TableId table, std::optional<int> version) const;
  /// invalid unless somebody may read the table still.
  Result<void> check_open(TableId table) const;
  Result<Version> publish(TableId table, Draft draft);
  Result<void> link_version(const fs::path& read, TableId into, int number) const;
  Result<int> sweep_files(TableId table) const;
  static Result<void> lock(Transaction& tx, TableId table);
  static Result<bool> has_version(Transaction& tx, TableId table, int number);

  // besides.cpp
  /// What lies beside a Parquet file. unavailable "cancelled" once `stop` says so.
  Result<void> make_beside(columnar::Engine& by, const fs::path& parquet,
                           const std::vector<Field>& fields, std::int64_t rows,
                           const std::function<bool()>& stop) const;
  Result<void> make_missing(const Besides::Wanted& wanted, const std::function<bool()>& stop);

  [[nodiscard]] fs::path originals_of(TableId table) const {
    return folder_of(table) / "originals";
  }

  // originals.cpp
  /// Links the file, and forgets those of versions that are too old, with their files once this is
  /// committed.
  Result<void> keep_original(Transaction& tx, TableId table, const Original& original) const;
  /// Removes files of originals that no version has; under the table's lock.
  Result<int> sweep_originals(Transaction& tx, TableId table) const;

  // load.cpp
  /// Statistics and digest of a Parquet file, and what lies beside a small one, and then publish.
  Result<Version> finish(columnar::Engine& by, TableId table, Draft draft);
  Result<void> measure(Connection& connection, const Draft& draft,
                       std::vector<Field>& fields) const;

  [[nodiscard]] Result<Connection> connect() const { return engine->connect(); }
};

/// Moves a file to its name for good.
Result<void> move_file(const fs::path& from, const fs::path& to);
Result<void> sync_path(const fs::path& path);
/// Another name for the file, instead of what has that name; a copy where there are no links.
Result<void> link_file(const fs::path& from, const fs::path& to);

/// Names that would be taken for something else get a "_" behind them, and their own as label.
void keep_reserved_names_out(std::vector<Field>& fields);
std::string sql_type(intake::Type type);

/// A number that a query answers in its only cell.
Result<std::int64_t> ask_number(Connection& connection, std::string_view sql,
                                std::span<const Value> params, milliseconds at_most);

Json to_json(const std::vector<Field>& fields);
std::vector<Field> fields_from(const Json& json);

/// Parts of a query that grow together.
struct Sql {
  std::string text;
  std::vector<Value> params;
  /// "$3", which stands for the value.
  std::string add(Value value) {
    params.push_back(std::move(value));
    return "$" + std::to_string(params.size());
  }
};

}  // namespace minben::datastore
