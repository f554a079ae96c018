#pragma once
// What must hold of every prepared file, whatever bytes it was made of.
#include <filesystem>
#include <fstream>
#include <memory>

#include <unistd.h>

#include "csv.hpp"
#include "intake/intake.hpp"
#include "values.hpp"

namespace minben::intake {

inline const std::filesystem::path& fuzz_folder() {
  // In memory where there is such a place: files of a disk make it five times slower.
  struct Folder {
    std::filesystem::path path =
        (std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                             : std::filesystem::temp_directory_path()) /
        ("minben-fuzz-" + std::to_string(::getpid()));
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  std::filesystem::create_directories(folder.path);
  return folder.path;
}

inline Kinds kind_of(Type type) {
  switch (type) {
    case Type::integer:
      return integer_kind;
    case Type::number:
      return number_kind;
    case Type::boolean:
      return boolean_kind;
    case Type::date:
      return date_kind;
    case Type::timestamp:
      return timestamp_kind;
    default:
      return 0;
  }
}

/// Read strictly, as an engine does.
inline void check_prepared(const Prepared& prepared) {
  const auto file = MappedFile::open(prepared.file, UINT64_MAX);
  MINBEN_ASSERT(file);
  CsvShape shape;
  shape.separator = prepared.separator;
  shape.max_lines_in_cell = 0;
  shape.max_cell_bytes = 64u << 20;
  CsvReader reader(file->text(), shape);
  const auto& columns = prepared.inspection.columns;
  std::int64_t rows = -prepared.skip_lines;
  while (reader.next()) {
    if (rows++ < 0) continue;
    MINBEN_ASSERT(reader.cells().size() == columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Kinds kind = kind_of(columns[i].type);
      const std::string_view text = reader.cells()[i].text;
      MINBEN_ASSERT(kind == 0 || text.empty() || recognise(text, kind).plain == kind);
    }
  }
  MINBEN_ASSERT(reader.error());
  MINBEN_ASSERT(!reader.irregular().stray_quote && !reader.irregular().odd_line_end &&
                !reader.irregular().unclosed_quote);
  MINBEN_ASSERT(rows == prepared.rows || prepared.rows < 0);
  MINBEN_ASSERT(is_utf8(file->text()));
}

inline int prepare_bytes(const std::uint8_t* data, std::size_t size) {
  static const VirtualClock clock{Instant{}};
  const auto path = fuzz_folder() / "file", work = fuzz_folder() / "work";
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  std::filesystem::remove_all(work);
  std::filesystem::create_directory(work);
  const auto prepared = prepare(path, {}, work, Care::careful, clock);
  if (prepared) check_prepared(*prepared);
  else MINBEN_ASSERT(prepared.error().kind != Kind::internal);
  return 0;
}

}  // namespace minben::intake
