#pragma once
// C2SP tlog-mirror §add-entries: the request that brings a mirror entries of a log, package by
// package, and the answer that says where to go on. Without I/O.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/tlog.hpp"

namespace minben::ledger {

/// Of the body as it is sent; a package of the largest entries takes 16.8 MB.
inline constexpr std::size_t max_add_entries = 24u << 20;
inline constexpr std::size_t max_ticket_bytes = 65535;

struct AddEntriesHead {
  std::string origin;       ///< at most 65,535 bytes
  std::uint64_t start = 0;  ///< of the first entry that follows
  std::uint64_t end = 0;    ///< the tree size of a checkpoint that the mirror has accepted
  Bytes ticket{};           ///< as the mirror gave it, or empty; at most 65,535 bytes
};

/// Entries [start, end), which complete the subtree [subtree, end) of the log; `subtree` is a
/// multiple of 256.
struct PackageRange {
  std::uint64_t subtree = 0, start = 0, end = 0;
  friend bool operator==(const PackageRange&, const PackageRange&) = default;
};
/// The first package of the canonical sequence of [start, end); start < end. The next one begins at
/// its end.
PackageRange package_from(std::uint64_t start, std::uint64_t end);

struct EntryPackage {
  std::vector<Bytes> entries;
  std::vector<Hash> proof;  ///< subtree consistency proof, at most 63 hashes
};

/// A body: the head, then packages in order. Entries of at most 65,535 bytes.
std::string write_add_entries(const AddEntriesHead& head);
void append_package(std::string& body, std::span<const Octets> entries,
                    std::span<const Hash> proof);

enum class ContentCoding { identity, gzip };

/// Reads a body from its beginning, one package at a time; no more is unpacked than that. Bodies
/// come from outside. Not thread-safe; `body` outlives it.
class AddEntriesReader {
 public:
  AddEntriesReader(Octets body, ContentCoding coding);
  ~AddEntriesReader();
  /// Once, first. Error "not_add_entries".
  Result<AddEntriesHead> head();
  /// The next package, of so many entries (1 to 256); nothing when the body ends or breaks before
  /// the package does. Nothing comes after that.
  std::optional<EntryPackage> package(std::size_t entries);
  [[nodiscard]] std::uint64_t taken() const;  ///< bytes so far, unpacked

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

/// text/x.tlog.mirror-info: three lines, with which a mirror answers 202 and 409.
struct MirrorInfo {
  std::uint64_t size = 0;  ///< of a checkpoint that may be uploaded to
  std::uint64_t next = 0;  ///< the first entry that the mirror lacks
  Bytes ticket{};          ///< to be sent back with the next request
  friend bool operator==(const MirrorInfo&, const MirrorInfo&) = default;
};
inline constexpr std::string_view mirror_info_type = "text/x.tlog.mirror-info";
std::string write_mirror_info(const MirrorInfo& info);
Result<MirrorInfo> parse_mirror_info(std::string_view text);  ///< "not_mirror_info"

}  // namespace minben::ledger
