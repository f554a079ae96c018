#include "row_file.hpp"

#include <cstring>

#include <zstd.h>

namespace minben::datastore {

namespace {

constexpr std::uint64_t block_rows = 64;
/// Fast: what is written once is read by few.
constexpr int level = 1;
constexpr std::size_t max_block_bytes = 1u << 30;
constexpr std::array<char, 8> magic{'M', 'B', 'R', 'O', 'W', 'S', '0', '1'};

/// At the end of the file, behind the places of the blocks: from the first byte of each to the end
/// of the last.
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
    : out_(file, std::ios::binary), fields_(fields), compressor_(ZSTD_createCCtx()), places_{0} {}

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
    if (++rows_ % block_rows == 0) write_block();
  }
}

void RowFileWriter::write_block() {
  packed_.resize(ZSTD_compressBound(block_.size()));
  const std::size_t size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(compressor_), packed_.data(),
                                             packed_.size(), block_.data(), block_.size(), level);
  MINBEN_ASSERT(!ZSTD_isError(size));
  out_.write(packed_.data(), static_cast<std::streamsize>(size));
  places_.push_back(places_.back() + size);
  block_.clear();
}

Result<void> RowFileWriter::finish() {
  if (!block_.empty() || rows_ % block_rows != 0) write_block();
  // The places are read as numbers where they lie.
  const std::string padding((8 - places_.back() % 8) % 8, '\0');
  out_ << padding;
  out_.write(reinterpret_cast<const char*>(places_.data()),
             static_cast<std::streamsize>(places_.size() * sizeof(std::uint64_t)));
  Footer footer;
  footer.rows = rows_;
  footer.fields = fields_;
  footer.blocks = places_.size() - 1;
  out_.write(reinterpret_cast<const char*>(&footer), sizeof footer);
  out_.flush();
  if (!out_) return fail(Kind::internal, "cannot_write", "the rows of a table cannot be written");
  return {};
}

Result<std::shared_ptr<const RowFile>> RowFile::open(const std::filesystem::path& file) {
  MINBEN_TRY(mapped, MappedFile::open(file, sizeof(Footer) + sizeof(std::uint64_t)));
  std::shared_ptr<const RowFile> rows(new RowFile(std::move(mapped)));
  if (!rows->is_sound()) return damaged();
  return rows;
}

bool RowFile::is_sound() const {
  const std::size_t size = file_.bytes().size();
  const Footer& footer = *file_.at<Footer>(size - sizeof(Footer));
  if (size % 8 != 0 || footer.mark != magic || footer.fields > 100'000) return false;
  return footer.blocks == (footer.rows + block_rows - 1) / block_rows &&
         (footer.blocks + 1) <= (size - sizeof(Footer)) / sizeof(std::uint64_t);
}

bool RowFile::unpack(std::size_t block, std::string& out) const {
  const std::size_t size = file_.bytes().size();
  const Footer& footer = *file_.at<Footer>(size - sizeof(Footer));
  const std::size_t places_at = size - sizeof(Footer) - (footer.blocks + 1) * sizeof(std::uint64_t);
  const auto* places = file_.at<std::uint64_t>(places_at);
  const std::uint64_t from = places[block];
  const std::uint64_t to = places[block + 1];
  if (from > to || to > places_at) return false;
  const auto* packed = file_.at<std::uint8_t>(from);
  const unsigned long long whole = ZSTD_getFrameContentSize(packed, to - from);
  if (whole > max_block_bytes) return false;  // also "unknown" and "error"
  out.resize(whole);
  return ZSTD_decompress(out.data(), out.size(), packed, to - from) == whole;
}

Result<void> RowFile::read(std::span<const std::int64_t> numbers,
                           const std::function<void(std::span<const Cell>)>& row) const {
  const Footer& footer = *file_.at<Footer>(file_.bytes().size() - sizeof(Footer));
  std::string block;
  std::int64_t unpacked = -1;
  std::vector<std::vector<Cell>> cells(block_rows, std::vector<Cell>(footer.fields));
  for (const std::int64_t number : numbers) {
    if (number < 0 || number >= static_cast<std::int64_t>(footer.rows)) return damaged();
    const auto wanted = number / static_cast<std::int64_t>(block_rows);
    if (wanted != unpacked) {
      if (!unpack(static_cast<std::size_t>(wanted), block)) return damaged();
      BlockReader reader(block);
      const std::uint64_t rows =
          std::min(block_rows, footer.rows - static_cast<std::uint64_t>(wanted) * block_rows);
      for (std::uint64_t i = 0; i < rows; ++i)
        if (!reader.next(cells[i])) return damaged();
      unpacked = wanted;
    }
    row(cells[static_cast<std::size_t>(number) % block_rows]);
  }
  return {};
}

}  // namespace minben::datastore
