#pragma once
// Where a batch becomes durable: two files of fixed length, written in turn, one sync a batch. The
// tiles follow at leisure; once all of a file's batches are in tiles that were synced, it is free.
//
// A file holds one generation: a header (magic, generation, size of the log where it begins, a
// nonce), then records one after another, each from a sector's beginning on:
//   nonce, old size, number and bytes of the entries, entries (as in a bundle;
//   integers are big-endian), SHA-256 of all that.
// Only the record that was under way when power went may be torn; it was never acknowledged.
#include <array>
#include <vector>

#include "ledger/files.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {

struct JournalRecord {
  std::uint64_t old_size = 0;
  std::vector<Bytes> entries;
};

/// Not thread-safe.
class Journal {
 public:
  /// Slots of `bytes` each in `directory`; an existing one keeps its length.
  static Result<Journal> open(Files& files, const fs::path& directory, std::size_t bytes);

  /// All that is in it from `size` on, oldest first. "ledger_damaged": something is missing between
  /// `size` and the first record or between two of them, or a record is broken that is not the
  /// last.
  [[nodiscard]] Result<std::vector<JournalRecord>> read_from(std::uint64_t size) const;

  /// A new generation from this size on; what is in the slot it takes is given up.
  Result<void> begin(std::uint64_t size);
  /// Whether a record of so many entries and bytes has room in this generation.
  [[nodiscard]] bool fits(std::size_t entries, std::size_t bytes) const;
  /// Durable when it returns. Conflict "ledger_taken" when another one has begun a generation here.
  Result<void> append(const JournalRecord& record);

  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// The largest record that a slot can hold.
  [[nodiscard]] std::size_t slot_bytes() const { return bytes_; }

 private:
  Journal() = default;
  [[nodiscard]] FixedFile& slot(std::uint64_t generation) const {
    return *slots_[generation % slots_.size()];
  }

  std::array<std::unique_ptr<FixedFile>, 2> slots_;
  std::array<fs::path, 2> paths_;
  std::size_t bytes_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t offset_ = 0;
  Bytes nonce_, header_;
};

}  // namespace minben::ledger
