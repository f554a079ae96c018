#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <unordered_map>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.hpp"
#include "index_file.hpp"

namespace minben::datastore {

namespace {

/// Estimates may be too low, so a little room is left.
constexpr std::int64_t code8_estimate = 220;
constexpr std::int64_t code16_estimate = 58'000;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

std::uint64_t rounded(std::uint64_t size) { return (size + 7) / 8 * 8; }

/// The bits by which numbers are told apart: -0 is 0, and there is one NaN.
std::int64_t bits_of(double number) {
  if (number == 0) number = 0;
  if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<std::int64_t>(number);
}

/// One field while its codes are written.
class FieldBuilder {
 public:
  FieldBuilder(const Field& field, std::int64_t rows) : type_(field.type) {
    const bool text = type_ == intake::Type::text;
    if (field.distinct <= code8_estimate) entry_.kind = IndexKind::code8;
    else if (field.distinct <= code16_estimate) entry_.kind = IndexKind::code16;
    else if (!text)
      entry_.kind = type_ == intake::Type::number ? IndexKind::number : IndexKind::integer;
    if (type_ == intake::Type::geometry) entry_.kind = IndexKind::none;
    entry_.text = text ? 1 : type_ == intake::Type::number ? 2 : 0;
    width_ = entry_.kind == IndexKind::code8 ? 1 : entry_.kind == IndexKind::code16 ? 2 : 8;
    if (!has_codes()) there_.resize(static_cast<std::size_t>(rows + 63) / 64);
  }

  [[nodiscard]] bool is_there() const { return entry_.kind != IndexKind::none; }
  [[nodiscard]] std::uint64_t bytes(std::int64_t rows) const {
    return rounded(static_cast<std::uint64_t>(rows) * width_);
  }
  void place(std::uint8_t* file, std::uint64_t at) {
    entry_.codes_at = at;
    codes_ = file + at;
  }

  void add(const columnar::Column& column, std::size_t rows, std::size_t from) {
    for (std::size_t row = 0; row < rows && is_there(); ++row) add_one(column, row, from + row);
  }

  /// Codes become the order of their values; what belongs beside them.
  Bytes finish(std::size_t rows) {
    if (!has_codes()) return Bytes(view_bytes(there_));
    entry_.values = static_cast<std::uint32_t>(size());
    std::vector<std::uint32_t> order(size());
    std::iota(order.begin(), order.end(), 0);
    Bytes side = entry_.text == 1 ? sort_texts(order) : sort_numbers(order);
    std::vector<std::uint16_t> code(order.size() + 1, 0);
    for (std::uint32_t i = 0; i < order.size(); ++i)
      code[order[i] + 1] = static_cast<std::uint16_t>(i + 1);
    for (std::size_t row = 0; row < rows; ++row) put(row, code[get(row)]);
    return side;
  }
  [[nodiscard]] IndexEntry& entry() { return entry_; }

 private:
  [[nodiscard]] bool has_codes() const { return width_ < 8; }
  [[nodiscard]] std::size_t size() const {
    return entry_.text == 1 ? texts_.size() : numbers_.size();
  }

  void add_one(const columnar::Column& column, std::size_t row, std::size_t at) {
    if (column.is_null(row)) {
      if (has_codes()) put(at, 0);
      return;
    }
    if (!has_codes()) return add_value(column, row, at);
    std::uint32_t code = 0;
    if (entry_.text == 1) {
      const std::string_view text = column.text(row);
      auto found = texts_.find(text);
      if (found == texts_.end())
        found = texts_.emplace(text, static_cast<std::uint32_t>(texts_.size())).first;
      code = found->second;
    } else {
      const std::int64_t bits =
          entry_.text == 2 ? bits_of(column.number(row)) : integer(column, row);
      code = numbers_.try_emplace(bits, static_cast<std::uint32_t>(numbers_.size())).first->second;
    }
    if (code + 1 >= 1u << (8 * width_)) {
      entry_.kind = IndexKind::none;  // the estimate was too low
      return;
    }
    put(at, code + 1);
  }

  void add_value(const columnar::Column& column, std::size_t row, std::size_t at) {
    std::int64_t bits = 0;
    if (entry_.kind == IndexKind::number) {
      const double number = column.number(row);
      if (std::isnan(number)) entry_.kind = IndexKind::none;
      bits = std::bit_cast<std::int64_t>(number);
    } else {
      bits = integer(column, row);
    }
    std::memcpy(codes_ + at * 8, &bits, 8);
    there_[at / 64] |= 1ull << (at % 64);
  }

  std::int64_t integer(const columnar::Column& column, std::size_t row) const {
    if (type_ == intake::Type::boolean) return column.boolean(row) ? 1 : 0;
    return column.integer(row);
  }

  void put(std::size_t row, std::uint32_t code) {
    if (width_ == 1) {
      codes_[row] = static_cast<std::uint8_t>(code);
    } else {
      const auto small = static_cast<std::uint16_t>(code);
      std::memcpy(codes_ + row * 2, &small, 2);
    }
  }
  [[nodiscard]] std::uint32_t get(std::size_t row) const {
    if (width_ == 1) return codes_[row];
    std::uint16_t code = 0;
    std::memcpy(&code, codes_ + row * 2, 2);
    return code;
  }

  template <class T>
  static Bytes view_bytes(const std::vector<T>& items) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(items.data());
    return {from, from + items.size() * sizeof(T)};
  }

  Bytes sort_texts(std::vector<std::uint32_t>& order) const {
    std::vector<std::string_view> texts(texts_.size());
    for (const auto& [text, code] : texts_) texts[code] = text;
    std::ranges::sort(order, {}, [&](std::uint32_t code) { return texts[code]; });
    std::vector<std::uint32_t> offsets{0};
    std::string bytes;
    for (const std::uint32_t code : order) {
      bytes += texts[code];
      offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    Bytes out = view_bytes(offsets);
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
  }

  Bytes sort_numbers(std::vector<std::uint32_t>& order) const {
    std::vector<std::int64_t> numbers(numbers_.size());
    for (const auto& [bits, code] : numbers_) numbers[code] = bits;
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      if (entry_.text != 2) return numbers[a] < numbers[b];
      const auto left = std::bit_cast<double>(numbers[a]);
      const auto right = std::bit_cast<double>(numbers[b]);
      return left < right || (std::isnan(right) && !std::isnan(left));
    });
    std::vector<std::int64_t> sorted;
    for (const std::uint32_t code : order) sorted.push_back(numbers[code]);
    return view_bytes(sorted);
  }

  intake::Type type_;
  IndexEntry entry_{};
  std::uint64_t width_ = 8;
  std::uint8_t* codes_ = nullptr;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> texts_;
  std::unordered_map<std::int64_t, std::uint32_t> numbers_;
  std::vector<std::uint64_t> there_;
};

/// A new file, mapped to be written.
class NewFile {
 public:
  NewFile(const fs::path& path, std::uint64_t bytes)
      : bytes_(bytes),
        descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    // Blocks are taken now: a full disk is an error here, and would be a signal later.
    if (descriptor_ < 0 || ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes)) != 0)
      return;
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (data != MAP_FAILED) data_ = static_cast<std::uint8_t*>(data);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] std::uint8_t* data() { return data_; }
  [[nodiscard]] bool append(const Bytes& bytes, std::uint64_t at) const {
    return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
           std::ssize(bytes);
  }

 private:
  std::uint64_t bytes_;
  int descriptor_;
  std::uint8_t* data_ = nullptr;
};

/// Hands out a Parquet file chunk by chunk, in the order of its rows, which have to be `total`.
Result<void> read_chunks(Connection& connection, const fs::path& parquet,
                         const std::string& columns, std::int64_t total, const Bounds& bounds,
                         const std::function<void(const Chunk&, std::size_t)>& add) {
  MINBEN_TRY(rows, connection.query("select " + columns + " from read_parquet(" +
                                        quote_text(parquet.string()) + ")",
                                    {}, bounds.at_most));
  std::size_t from = 0;
  while (true) {
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr || from + chunk->rows > static_cast<std::size_t>(total)) break;
    if (bounds.stop && bounds.stop()) return fail(Kind::unavailable, "cancelled", "it was stopped");
    add(*chunk, from);
    from += chunk->rows;
  }
  if (from != static_cast<std::size_t>(total))
    return fail(Kind::internal, "bad_index", "the table has another number of rows");
  return {};
}

Result<void> fill(Connection& connection, const fs::path& parquet, const std::vector<Field>& fields,
                  std::vector<FieldBuilder>& builders, std::int64_t total, const Bounds& bounds) {
  std::string columns;
  std::vector<FieldBuilder*> wanted;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!builders[i].is_there()) continue;
    columns += (wanted.empty() ? "" : ", ") + quote_name(fields[i].name);
    wanted.push_back(&builders[i]);
  }
  if (wanted.empty()) return {};
  return read_chunks(connection, parquet, columns, total, bounds,
                     [&](const Chunk& chunk, std::size_t from) {
                       for (std::size_t i = 0; i < wanted.size(); ++i)
                         wanted[i]->add(chunk.columns[i], chunk.rows, from);
                     });
}

}  // namespace

Result<void> write_rows(Connection& connection, const fs::path& parquet,
                        const std::vector<Field>& fields, std::int64_t rows,
                        const fs::path& row_file, const Bounds& bounds) {
  std::string columns;
  for (const Field& field : fields)
    columns += (columns.empty() ? "" : ", ") + quote_name(field.name);
  RowFileWriter writer(row_file, fields.size());
  MINBEN_CHECK(read_chunks(connection, parquet, columns, rows, bounds,
                           [&](const Chunk& chunk, std::size_t) { writer.add(chunk); }));
  return writer.finish();
}

Result<void> build_index(Connection& connection, const fs::path& parquet,
                         const std::vector<Field>& fields, std::int64_t rows, const fs::path& index,
                         const Bounds& bounds) {
  std::vector<FieldBuilder> builders;
  std::uint64_t at = sizeof(IndexHeader) + fields.size() * sizeof(IndexEntry);
  std::vector<std::uint64_t> places;
  for (const Field& field : fields) {
    places.push_back(at);
    if (builders.emplace_back(field, rows).is_there()) at += builders.back().bytes(rows);
  }
  NewFile file(index, at);
  if (file.data() == nullptr)
    return fail(Kind::internal, "bad_index", "cannot be written", index.string());
  for (std::size_t i = 0; i < builders.size(); ++i) builders[i].place(file.data(), places[i]);
  MINBEN_CHECK(fill(connection, parquet, fields, builders, rows, bounds));
  for (FieldBuilder& builder : builders) {
    if (!builder.is_there()) continue;
    Bytes side = builder.finish(static_cast<std::size_t>(rows));
    side.resize(rounded(side.size()));
    builder.entry().side_at = at;
    builder.entry().side_bytes = side.size();
    if (!file.append(side, at))
      return fail(Kind::internal, "bad_index", "cannot be written", index.string());
    at += side.size();
  }
  IndexHeader header;
  header.rows = static_cast<std::uint64_t>(rows);
  header.fields = fields.size();
  std::memcpy(file.data(), &header, sizeof header);
  for (std::size_t i = 0; i < builders.size(); ++i)
    std::memcpy(file.data() + sizeof header + i * sizeof(IndexEntry), &builders[i].entry(),
                sizeof(IndexEntry));
  return {};
}

}  // namespace minben::datastore
