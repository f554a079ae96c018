#include "row_file.hpp"

#include <cstring>

#include <zstd.h>

namespace minben::datastore {

namespace {

constexpr std::uint64_t most_rows = 64;           ///< of a block
constexpr std::size_t enough_bytes = 256u << 10;  ///< a block that has so many ends earlier
/// Long rows are packed fast, since a load waits for it; short ones well, since they are many.
constexpr std::size_t long_block_bytes = 16u << 10;
constexpr int fast_level = -5;
constexpr int good_level = 1;
constexpr std::size_t max_block_bytes = 1u << 30;
constexpr std::array<char, 8> magic{'M', 'B', 'R', 'O', 'W', 'S', '0', '1'};

/// Where a block begins, and with which row.
struct Place {
  std::uint64_t byte = 0;
  std::uint64_t row = 0;
};

/// At the end of the file, behind the places of the blocks and one more, where they end.
struct Footer {
  std::uint64_t rows = 0;
  std::uint64_t fields = 0;
  std::uint64_t blocks = 0;
  std::array<char, 8> mark = magic;
};

/// 0 is null; otherwise one more than the length: seven bits a byte, the lowest first.
void append_length(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

/// Reads what a block holds, and never past its end.
class BlockReader {
 public:
  explicit BlockReader(std::string_view block) : rest_(block) {}
  bool next(std::vector<Cell>& row) {
    for (Cell& cell : row) {
      std::uint64_t length = 0;
      if (!read_length(length)) return false;
      cell.null = length == 0;
      if (cell.null) continue;
      if (length - 1 > rest_.size()) return false;
      cell.text = rest_.substr(0, length - 1);
      rest_.remove_prefix(length - 1);
    }
    return true;
  }

 private:
  bool read_length(std::uint64_t& out) {
    for (int shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  std::string_view rest_;
};

std::unexpected<Error> damaged() {
  return fail(Kind::internal, "bad_index", "the rows of a table cannot be read");
}

}  // namespace

RowFileWriter::RowFileWriter(const std::filesystem::path& file, std::size_t fields)
    : out_(file, std::ios::binary),
      fields_(fields),
      compressor_(ZSTD_createCCtx()),
      places_{0, 0} {}

RowFileWriter::~RowFileWriter() { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(compressor_)); }

void RowFileWriter::add(const columnar::Chunk& chunk) {
  for (std::size_t row = 0; row < chunk.rows; ++row) {
    for (const columnar::Column& column : chunk.columns) {
      if (column.is_null(row)) {
        block_ += '\0';
      } else if (column.type() == columnar::Type::text) {
        const std::string_view text = column.text(row);
        append_length(block_, text.size() + 1);
        block_ += text;
      } else {
        cell_.clear();
        column.append_text(cell_, row);
        append_length(block_, cell_.size() + 1);
        block_ += cell_;
      }
    }
    ++rows_;
    if (rows_ - places_.back() == most_rows || block_.size() >= enough_bytes) write_block();
  }
}

void RowFileWriter::write_block() {
  packed_.resize(ZSTD_compressBound(block_.size()));
  const int level = block_.size() < long_block_bytes ? good_level : fast_level;
  const std::size_t size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(compressor_), packed_.data(),
                                             packed_.size(), block_.data(), block_.size(), level);
  MINBEN_ASSERT(!ZSTD_isError(size));
  out_.write(packed_.data(), static_cast<std::streamsize>(size));
  const std::uint64_t from = places_[places_.size() - 2];
  places_.push_back(from + size);
  places_.push_back(rows_);
  block_.clear();
}

Result<void> RowFileWriter::finish() {
  if (rows_ > places_.back()) write_block();
  // The places are read as numbers where they lie.
  const std::string padding((8 - places_[places_.size() - 2] % 8) % 8, '\0');
  out_ << padding;
  out_.write(reinterpret_cast<const char*>(places_.data()),
             static_cast<std::streamsize>(places_.size() * sizeof(std::uint64_t)));
  Footer footer;
  footer.rows = rows_;
  footer.fields = fields_;
  footer.blocks = places_.size() / 2 - 1;
  out_.write(reinterpret_cast<const char*>(&footer), sizeof footer);
  out_.flush();
  if (!out_) return fail(Kind::internal, "cannot_write", "the rows of a table cannot be written");
  return {};
}

Result<std::shared_ptr<const RowFile>> RowFile::open(const std::filesystem::path& file) {
  MINBEN_TRY(mapped, MappedFile::open(file, sizeof(Footer) + sizeof(Place)));
  std::shared_ptr<const RowFile> rows(new RowFile(std::move(mapped)));
  if (!rows->is_sound()) return damaged();
  return rows;
}

bool RowFile::is_sound() const {
  const std::size_t size = file_.bytes().size();
  const Footer& footer = *file_.at<Footer>(size - sizeof(Footer));
  if (size % 8 != 0 || footer.mark != magic || footer.fields > 100'000) return false;
  return footer.blocks < (size - sizeof(Footer)) / sizeof(Place);
}

/// A block while its rows are read.
struct RowFile::Block {
  std::int64_t from = 0, to = 0;  ///< its rows
  std::string bytes;
  std::vector<std::vector<Cell>> cells;
};

bool RowFile::unpack(std::int64_t row, Block& out) const {
  const std::size_t size = file_.bytes().size();
  const Footer& footer = *file_.at<Footer>(size - sizeof(Footer));
  const std::size_t places_at = size - sizeof(Footer) - (footer.blocks + 1) * sizeof(Place);
  const std::span places(file_.at<Place>(places_at), footer.blocks + 1);
  if (row < 0 || static_cast<std::uint64_t>(row) >= footer.rows) return false;
  const auto next =
      std::ranges::upper_bound(places, static_cast<std::uint64_t>(row), {}, &Place::row);
  if (next == places.begin() || next == places.end()) return false;
  const Place& from = *std::prev(next);
  if (from.byte > next->byte || next->byte > places_at) return false;
  const auto* packed = file_.at<std::uint8_t>(from.byte);
  const std::size_t packed_size = next->byte - from.byte;
  const unsigned long long whole = ZSTD_getFrameContentSize(packed, packed_size);
  if (whole > max_block_bytes) return false;  // also "unknown" and "error"
  out.bytes.resize(whole);
  if (ZSTD_decompress(out.bytes.data(), whole, packed, packed_size) != whole) return false;
  out.from = static_cast<std::int64_t>(from.row);
  out.to = static_cast<std::int64_t>(next->row);
  out.cells.resize(std::min<std::uint64_t>(next->row - from.row, most_rows),
                   std::vector<Cell>(footer.fields));
  BlockReader reader(out.bytes);
  return std::ranges::all_of(out.cells, [&](auto& cells) { return reader.next(cells); });
}

Result<void> RowFile::read(std::span<const std::int64_t> numbers,
                           const std::function<Result<void>(std::span<const Cell>)>& row) const {
  Block block;
  for (const std::int64_t number : numbers) {
    if ((number < block.from || number >= block.to) && !unpack(number, block)) return damaged();
    MINBEN_CHECK(row(block.cells[static_cast<std::size_t>(number - block.from)]));
  }
  return {};
}

}  // namespace minben::datastore
