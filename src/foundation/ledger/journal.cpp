#include "ledger/journal.hpp"

#include <algorithm>
#include <optional>

namespace minben::ledger {

namespace {

constexpr std::size_t sector = 512;
constexpr std::string_view header_magic = "minben-journal-1";
constexpr std::size_t nonce_bytes = 16;
constexpr std::size_t fixed_bytes = nonce_bytes + 8 + 4 + 4;  ///< of a record before its entries
constexpr std::size_t hash_bytes = 32;

std::size_t to_sectors(std::size_t bytes) { return (bytes + sector - 1) / sector * sector; }

template <std::unsigned_integral Integer>
void put(Bytes& out, Integer value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}
void put(Bytes& out, Octets bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

std::uint64_t get(Octets bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | bytes[at + i];
  return value;
}

struct Header {
  std::uint64_t generation = 0;
  std::uint64_t size = 0;
  Bytes nonce;  ///< begins each record; what an entry holds can therefore never look like one
};

Bytes write_header(const Header& header) {
  Bytes out;
  put(out, as_bytes(header_magic));
  put(out, header.generation);
  put(out, header.size);
  put(out, header.nonce);
  put(out, sha256(out));
  out.resize(sector);
  return out;
}

std::optional<Header> parse_header(Octets bytes) {
  constexpr std::size_t said = 16 + 8 + 8 + nonce_bytes;
  if (!std::ranges::equal(bytes.first(16), as_bytes(header_magic))) return std::nullopt;
  if (!std::ranges::equal(sha256(bytes.first(said)), bytes.subspan(said, hash_bytes)))
    return std::nullopt;
  const auto nonce = bytes.subspan(32, nonce_bytes);
  return Header{get(bytes, 16, 8), get(bytes, 24, 8), Bytes(nonce.begin(), nonce.end())};
}

Bytes write_record(const JournalRecord& record, Octets nonce) {
  const auto entries = write_bundle(record.entries);
  MINBEN_ASSERT(entries.has_value());  // sizes were checked before the entries came here
  Bytes out;
  out.reserve(to_sectors(fixed_bytes + entries->size() + hash_bytes));
  put(out, nonce);
  put(out, record.old_size);
  put(out, static_cast<std::uint32_t>(record.entries.size()));
  put(out, static_cast<std::uint32_t>(entries->size()));
  put(out, *entries);
  put(out, sha256(out));
  out.resize(to_sectors(out.size()));
  return out;
}

struct Parsed {
  JournalRecord record;
  std::size_t bytes = 0;  ///< with what fills up the last sector
};

/// The record that begins here, if a whole one of this generation does.
std::optional<Parsed> parse_record(Octets bytes, Octets nonce) {
  if (bytes.size() < fixed_bytes + hash_bytes ||
      !std::ranges::equal(bytes.first(nonce_bytes), nonce))
    return std::nullopt;
  Parsed parsed;
  parsed.record.old_size = get(bytes, nonce_bytes, 8);
  const auto count = get(bytes, nonce_bytes + 8, 4), length = get(bytes, nonce_bytes + 12, 4);
  if (length > bytes.size() - fixed_bytes - hash_bytes) return std::nullopt;
  const std::size_t end = fixed_bytes + length;
  if (!std::ranges::equal(sha256(bytes.first(end)), bytes.subspan(end, hash_bytes)))
    return std::nullopt;
  const auto entries = bundle_entries(bytes.subspan(fixed_bytes, length), count);
  if (!entries) return std::nullopt;
  for (const Octets entry : *entries)
    parsed.record.entries.emplace_back(entry.begin(), entry.end());
  parsed.bytes = to_sectors(end + hash_bytes);
  return parsed;
}

std::unexpected<Error> damaged(std::string_view detail, const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", detail, path.string());
}

struct Generation {
  Header header;
  std::vector<JournalRecord> records;
};

/// Every whole record from the header on. One that is whole behind one that is not would have been
/// acknowledged before it: then this is no power loss but damage.
Result<std::optional<Generation>> read_generation(Octets bytes, const fs::path& path) {
  const auto header = parse_header(bytes.first(sector));
  if (!header) return std::nullopt;
  Generation found{*header, {}};
  std::size_t at = sector;
  while (at < bytes.size()) {
    auto parsed = parse_record(bytes.subspan(at), header->nonce);
    if (!parsed) break;
    found.records.push_back(std::move(parsed->record));
    at += parsed->bytes;
  }
  for (at += sector; at < bytes.size(); at += sector) {
    if (parse_record(bytes.subspan(at), header->nonce))
      return damaged("a record in the middle of the journal is broken", path);
  }
  return found;
}

}  // namespace

Result<Journal> Journal::open(Files& files, const fs::path& directory, std::size_t bytes) {
  Journal journal;
  journal.bytes_ = to_sectors(bytes);
  for (std::size_t i = 0; i < journal.slots_.size(); ++i) {
    journal.paths_[i] = directory / fmt::format("journal-{}", i);
    MINBEN_TRY(slot, files.open_fixed(journal.paths_[i], journal.bytes_));
    journal.slots_[i] = std::move(slot);
    // One that was made with another length keeps it; both are used as far as the shorter goes.
    journal.bytes_ = std::min(journal.bytes_, journal.slots_[i]->size() / sector * sector);
  }
  return journal;
}

Result<std::vector<JournalRecord>> Journal::read_from(std::uint64_t size) const {
  std::vector<Generation> generations;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    MINBEN_TRY(bytes, slots_[i]->read(0, slots_[i]->size()));
    MINBEN_TRY(found, read_generation(bytes, paths_[i]));
    if (found) generations.push_back(std::move(*found));
  }
  std::ranges::sort(generations, {}, [](const Generation& each) { return each.header.generation; });
  std::vector<JournalRecord> records;
  for (Generation& each : generations) {
    for (JournalRecord& record : each.records) {
      if (record.old_size < size && record.old_size + record.entries.size() <= size) continue;
      if (record.old_size != size)
        return damaged("entries are missing between the tiles and the journal", paths_[0]);
      size += record.entries.size();
      records.push_back(std::move(record));
    }
  }
  return records;
}

Result<void> Journal::begin(std::uint64_t size) {
  std::uint64_t newest = generation_;
  if (newest == 0) {
    for (const auto& slot : slots_) {
      MINBEN_TRY(bytes, slot->read(0, sector));
      if (const auto header = parse_header(bytes)) newest = std::max(newest, header->generation);
    }
  }
  nonce_.resize(nonce_bytes);
  SystemRandom().fill(nonce_);
  header_ = write_header({newest + 1, size, nonce_});
  FixedFile& file = slot(newest + 1);
  MINBEN_CHECK(file.write(0, header_));
  MINBEN_CHECK(file.sync());
  generation_ = newest + 1;
  offset_ = sector;
  return {};
}

bool Journal::fits(std::size_t entries, std::size_t bytes) const {
  return offset_ + to_sectors(fixed_bytes + bytes + 2 * entries + hash_bytes) <= bytes_;
}

Result<void> Journal::append(const JournalRecord& record) {
  FixedFile& file = slot(generation_);
  MINBEN_TRY(header, file.read(0, sector));
  if (header != header_)
    return fail(Kind::conflict, "ledger_taken", "another writer has begun in this journal",
                paths_[generation_ % paths_.size()].string());
  const Bytes bytes = write_record(record, nonce_);
  MINBEN_CHECK(file.write(offset_, bytes));
  MINBEN_CHECK(file.sync());
  offset_ += bytes.size();
  return {};
}

}  // namespace minben::ledger
