#pragma once
// Private: beside each Parquet file, its rows in small compressed blocks. A Parquet file has to be
// read column by column, tens of thousands of values at a time; a page of a hundred rows that lie
// far apart is read from here in a millisecond or two.
#include <fstream>

#include "columnar/columnar.hpp"
#include "mapped_file.hpp"

namespace minben::datastore {

/// A value as text (columnar::Column::append_text).
struct Cell {
  bool null = true;
  std::string_view text;
};

class RowFile {
 public:
  static Result<std::shared_ptr<const RowFile>> open(const std::filesystem::path& file);
  /// Hands out the cells of rows, whose numbers count from 0, in the order given. Cells are valid
  /// during the call. internal "bad_index" when the file is damaged.
  Result<void> read(std::span<const std::int64_t> numbers,
                    const std::function<Result<void>(std::span<const Cell>)>& row) const;

 private:
  explicit RowFile(MappedFile file) : file_(std::move(file)) {}
  [[nodiscard]] bool is_sound() const;
  struct Block;
  [[nodiscard]] bool unpack(std::int64_t row, Block& out) const;
  MappedFile file_;
};

/// Writes one; rows come in their order.
class RowFileWriter {
 public:
  RowFileWriter(const std::filesystem::path& file, std::size_t fields);
  ~RowFileWriter();
  RowFileWriter(const RowFileWriter&) = delete;
  RowFileWriter& operator=(const RowFileWriter&) = delete;
  void add(const columnar::Chunk& chunk);
  /// internal "cannot_write".
  Result<void> finish();

 private:
  void write_block();
  std::ofstream out_;
  std::size_t fields_;
  void* compressor_;
  std::string block_;
  std::string packed_;
  std::string cell_;
  std::uint64_t rows_ = 0;
  std::vector<std::uint64_t> places_;  ///< of each block: first byte, first row
};

}  // namespace minben::datastore
