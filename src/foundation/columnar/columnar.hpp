#pragma once
// Columnar tables: DuckDB over Parquet files, by its C API only.
//
// An Engine reads and writes no file but those below the directories, and at the paths, that it was
// opened with; it loads no extension, and its settings are locked (decision 0024). Engine is
// thread-safe. Connection, Rows and Chunk belong to one thread, except Connection::cancel.
//
// Errors: invalid "bad_query" for what the engine's parser, binder or casts refuse (detail: its
// first line); too_large "query_time" and "query_memory" for the bounds; too_many "engine_busy"
// when no connection becomes free in time; unavailable "cancelled", and "file_unreadable" when a
// file cannot be read or written; internal "engine_failed".
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"

namespace minben::columnar {

/// What a column of a result holds, as far as a reader has to know.
enum class Type {
  boolean,
  integer,    ///< up to 64 bits, signed
  huge,       ///< integers of up to 128 bits: sums, unsigned 64-bit ones
  number,     ///< binary64
  decimal,    ///< exact, up to 38 digits
  text,       ///< UTF-8
  date,       ///< civil, proleptic Gregorian
  time,       ///< of day, microseconds
  timestamp,  ///< civil, without a zone, microseconds
  instant,    ///< UTC, microseconds
};
std::string_view to_string(Type type);

/// One column of a chunk; valid until the next chunk is asked for. Rows count from 0.
class Column {
 public:
  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] bool is_null(std::size_t row) const {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0;
  }
  [[nodiscard]] bool boolean(std::size_t row) const;
  /// Of integer; of date: days, of time: microseconds, of timestamp and instant: microseconds, all
  /// since 1970 or midnight.
  [[nodiscard]] std::int64_t integer(std::size_t row) const;
  [[nodiscard]] double number(std::size_t row) const;
  [[nodiscard]] std::string_view text(std::size_t row) const;

  /// The value as people write it: digits without grouping, ISO 8601, true and false; nothing when
  /// null. Numbers are the shortest that read back as the same; dates out of range are "infinity".
  void append_text(std::string& out, std::size_t row) const;
  /// RFC 8259. Numbers keep all their digits, also beyond 2^53; NaN and the infinities, which JSON
  /// does not have, are texts, as are dates and times.
  void append_json(std::string& out, std::size_t row) const;

 private:
  friend class Rows;
  Type type_ = Type::text;
  int physical_ = 0;  ///< a duckdb_type
  int scale_ = 0;     ///< of decimals
  const void* data_ = nullptr;
  const std::uint64_t* validity_ = nullptr;
};

struct Chunk {
  std::size_t rows = 0;
  std::vector<Column> columns;
};

struct ColumnInfo {
  std::string name;
  Type type = Type::text;
};

/// A result that is read while it is made. The connection runs nothing else meanwhile.
class Rows {
 public:
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();
  [[nodiscard]] const std::vector<ColumnInfo>& columns() const;
  /// nullptr at the end.
  Result<const Chunk*> next();
  struct Impl;

 private:
  friend class Connection;
  explicit Rows(std::unique_ptr<Impl> impl);
  void view(void* chunk);
  std::unique_ptr<Impl> impl_;
};

/// A parameter $1, $2 …
using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Date, Instant>;

/// One at a time is borrowed from the engine and given back by the destructor. What it creates
/// (temporary views and tables) goes with it.
class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// One statement; its time is bounded until the last chunk was read or Rows is gone.
  Result<Rows> query(std::string_view sql, std::span<const Value> params, milliseconds at_most);
  /// One statement whose rows, if any, do not matter.
  Result<void> run(std::string_view sql, milliseconds at_most, std::span<const Value> params = {});
  /// From any thread: what runs now ends with "cancelled".
  void cancel();
  /// From any thread: how much of what runs now is done, 0 … 1, as the engine estimates it; nothing
  /// when it does not know, or the engine was not opened for it.
  [[nodiscard]] std::optional<double> progress() const;
  struct Impl;

 private:
  friend class Engine;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct EngineConfig {
  std::vector<std::filesystem::path> directories;  ///< files below may be read and written
  std::vector<std::filesystem::path> files;        ///< likewise these
  std::filesystem::path temporary;                 ///< where it spills; made when needed
  std::uint64_t memory_bytes = 1ull << 30;
  std::uint64_t temporary_bytes = 4ull << 30;
  int threads = 2;
  int connections = 8;    ///< borrowed at once
  bool progress = false;  ///< Connection::progress is wanted
};

class Engine {
 public:
  /// Errors: invalid "bad_engine_config" naming the setting.
  static Result<std::unique_ptr<Engine>> open(const EngineConfig& config, const Clock& clock);
  ~Engine();
  /// Waits up to `wait` for one to become free.
  Result<Connection> connect(milliseconds wait = milliseconds{5000});

  struct Impl;

 private:
  explicit Engine(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// SQL literals and identifiers, quoted. A NUL in them makes the query fail as "bad_query".
std::string quote_text(std::string_view text);
std::string quote_name(std::string_view name);

/// How a table is written. Small row groups let a page of rows be read without its neighbours.
struct ParquetOptions {
  std::size_t row_group_rows = 20'480;  ///< a multiple of 2,048
};
/// "copy (<select>) to '<file>' …", zstd.
std::string copy_to_parquet(std::string_view select, const std::filesystem::path& file,
                            const ParquetOptions& options = {});

/// A CSV file (RFC 4180, UTF-8) whose columns are known.
struct CsvSource {
  std::filesystem::path file;
  char separator = ',';
  bool crlf = false;                  ///< lines end in CR LF
  bool quoted = true;                 ///< `"` has its meaning
  int skip_lines = 0;                 ///< before the first row
  std::size_t longest_row_bytes = 0;  ///< 0: not known, at most 2 MiB
  struct Field {
    std::string name;
    std::string sql_type;  ///< "BIGINT"
  };
  std::vector<Field> fields;
};
/// "read_csv(…)" for a FROM clause. Every value must fit its type, or the query fails. Nothing at
/// all is null; nothing between quotes is an empty text.
std::string read_csv(const CsvSource& source);

}  // namespace minben::columnar
