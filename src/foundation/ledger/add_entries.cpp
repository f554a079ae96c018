#include "ledger/add_entries.hpp"

#include "gzip.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t max_hashes = 63;
constexpr std::size_t max_info = 128u << 10;  ///< the longest ticket in base64, and two numbers

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

void append_sized(std::string& out, Octets bytes) {
  MINBEN_ASSERT(bytes.size() <= UINT16_MAX);
  append_number(out, bytes.size(), 2);
  out += as_text(bytes);
}

std::optional<std::uint64_t> plain_number(std::string_view text) {
  const auto number = parse_integer(text, 0);
  if (!number || std::to_string(*number) != text) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

PackageRange package_from(std::uint64_t start, std::uint64_t end) {
  const std::uint64_t subtree = start - start % tile_width;
  return {subtree, start, end - subtree <= tile_width ? end : subtree + tile_width};
}

std::string write_add_entries(const AddEntriesHead& head) {
  std::string out;
  append_sized(out, as_bytes(head.origin));
  append_number(out, head.start, 8);
  append_number(out, head.end, 8);
  append_sized(out, head.ticket);
  return out;
}

void append_package(std::string& body, std::span<const Octets> entries,
                    std::span<const Hash> proof) {
  MINBEN_ASSERT(proof.size() <= max_hashes);
  for (const Octets entry : entries) append_sized(body, entry);
  append_number(body, proof.size(), 1);
  for (const Hash& hash : proof) body += as_text(hash);
}

// ------------------------------------------------------------------------------------- reading

/// Bytes in order; once they end, or are not what they should be, there are no more.
class AddEntriesReader::Body {
 public:
  Body(Octets body, ContentCoding coding) : rest_(body) {
    if (coding == ContentCoding::gzip) packed_.emplace(body);
  }

  [[nodiscard]] bool fill(std::span<std::uint8_t> out) {
    if (over_) return false;
    over_ = (packed_ ? packed_->read(out) : copy(out)) != out.size();
    if (!over_) taken_ += out.size();
    return !over_;
  }
  std::optional<std::uint64_t> number(std::size_t bytes) {
    std::array<std::uint8_t, 8> digits{};
    if (!fill(std::span(digits).first(bytes))) return std::nullopt;
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | digits[i];
    return out;
  }
  std::optional<Bytes> sized() {
    const auto size = number(2);
    if (!size) return std::nullopt;
    Bytes out(*size);
    if (!fill(out)) return std::nullopt;
    return out;
  }
  void give_up() { over_ = true; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  std::size_t copy(std::span<std::uint8_t> out) {
    const std::size_t count = std::min(out.size(), rest_.size());
    std::ranges::copy(rest_.first(count), out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

  Octets rest_;
  std::optional<Gunzip> packed_;
  std::uint64_t taken_ = 0;
  bool over_ = false;
};

AddEntriesReader::AddEntriesReader(Octets body, ContentCoding coding)
    : body_(std::make_unique<Body>(body, coding)) {}
AddEntriesReader::~AddEntriesReader() = default;

std::uint64_t AddEntriesReader::taken() const { return body_->taken(); }

Result<AddEntriesHead> AddEntriesReader::head() {
  const auto origin = body_->sized();
  const auto start = body_->number(8);
  const auto end = body_->number(8);
  auto ticket = body_->sized();
  if (!ticket || *start > *end) {
    body_->give_up();
    return fail(
        Kind::invalid, "not_add_entries",
        ticket ? "it ends before it starts" : "the body is too short, or not in its coding");
  }
  return AddEntriesHead{std::string(as_text(*origin)), *start, *end, std::move(*ticket)};
}

std::optional<EntryPackage> AddEntriesReader::package(std::size_t entries) {
  MINBEN_ASSERT(entries >= 1 && entries <= tile_width);
  EntryPackage out;
  out.entries.reserve(entries);
  while (out.entries.size() < entries) {
    auto entry = body_->sized();
    if (!entry) return std::nullopt;
    out.entries.push_back(std::move(*entry));
  }
  const auto hashes = body_->number(1);
  if (!hashes) return std::nullopt;
  if (*hashes > max_hashes) {
    body_->give_up();
    return std::nullopt;
  }
  out.proof.resize(*hashes);
  for (Hash& hash : out.proof)
    if (!body_->fill(hash)) return std::nullopt;
  return out;
}

// ---------------------------------------------------------------------------------- the answer

std::string write_mirror_info(const MirrorInfo& info) {
  return fmt::format("{}\n{}\n{}\n", info.size, info.next, base64_encode(info.ticket));
}

Result<MirrorInfo> parse_mirror_info(std::string_view text) {
  const auto refuse = [](std::string_view detail) {
    return fail(Kind::invalid, "not_mirror_info", detail);
  };
  if (text.size() > max_info) return refuse("larger than 128 KiB");
  const auto lines = split(text, '\n');
  if (lines.size() != 4 || !lines[3].empty()) return refuse("expected three lines");
  const auto size = plain_number(lines[0]);
  const auto next = plain_number(lines[1]);
  if (!size || !next) return refuse("the first two lines are plain decimal numbers");
  auto ticket = base64_decode(lines[2]);
  if (!ticket || ticket->size() > max_ticket_bytes) return refuse("the ticket is not base64");
  return MirrorInfo{*size, *next, std::move(*ticket)};
}

}  // namespace minben::ledger
