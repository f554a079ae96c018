#pragma once
// A directory, an engine on it, and results as text.
#include <unistd.h>

#include <gtest/gtest.h>

#include "columnar/columnar.hpp"

namespace minben::columnar::test {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("minben-columnar-" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path / "tables");
  }
  ~Folder() { fs::remove_all(path); }
};

template <class T>
T value(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << describe(result.error());
    std::abort();
  }
  return std::move(*result);
}

/// Rows as lines, cells parted by "|", null as "~".
inline Result<std::string> ask(Connection& connection, std::string_view sql,
                               const std::vector<Value>& params = {},
                               milliseconds at_most = milliseconds{20000}) {
  MINBEN_TRY(rows, connection.query(sql, params, at_most));
  std::string out;
  while (true) {
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr) return out;
    for (std::size_t row = 0; row < chunk->rows; ++row) {
      for (std::size_t i = 0; i < chunk->columns.size(); ++i) {
        if (i > 0) out += '|';
        if (chunk->columns[i].is_null(row)) out += '~';
        chunk->columns[i].append_text(out, row);
      }
      out += '\n';
    }
  }
}

struct EngineTest : testing::Test {
  Folder folder;
  SystemClock clock;
  std::unique_ptr<Engine> engine = open({});
  Connection connection = value(engine->connect());

  std::unique_ptr<Engine> open(EngineConfig config) {
    config.directories = {folder.path / "tables"};
    config.temporary = folder.path / "spill";
    return value(Engine::open(config, clock));
  }
  std::string must_ask(std::string_view sql, const std::vector<Value>& params = {}) {
    return value(ask(connection, sql, params));
  }
};

}  // namespace minben::columnar::test
