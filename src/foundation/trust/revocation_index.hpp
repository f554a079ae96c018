#pragma once
// Large lists of revoked certificates (RFC 5280 §5), as authorities of a whole country publish
// them: 400,000 entries in 20 MB. The list is kept as it was signed, with an index of serial
// numbers beside it; nothing is made for an entry until somebody asks for it.
//
// Every function is thread-safe; so are const uses of RevocationIndex and all uses of KeptList.
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "trust/revocation.hpp"

namespace minben::trust {

inline constexpr std::size_t max_indexed_list = 128u << 20;  ///< bytes, DER
inline constexpr std::size_t max_indexed = 4'000'000;        ///< certificates in one list

/// One verified list. Cheap to copy; never changes.
class RevocationIndex {
 public:
  /// One whole CertificateList of version 2, in DER, signed by this issuer with SHA-256 or better,
  /// of all certificates of that issuer. Errors: "not_a_revocation_list" (invalid; also partial,
  /// indirect and otherwise scoped lists, which §5.2.4 and §5.2.5 mark by critical extensions),
  /// "revocation_list_forged" (forbidden).
  static Result<RevocationIndex> make(Bytes der, const Certificate& issuer);

  /// `serial`: hex, as CertificateInfo has it. Nothing when it is not on the list, or no serial.
  [[nodiscard]] std::optional<Revoked> find(std::string_view serial) const;
  /// "revocation_list_expired" (forbidden) from nextUpdate on, "revocation_list_not_yet_valid" more
  /// than 5 minutes before thisUpdate.
  [[nodiscard]] Result<void> check_current(Instant now) const;

  [[nodiscard]] std::size_t size() const;           ///< certificates on it
  [[nodiscard]] Instant this_update() const;        ///< whole seconds
  [[nodiscard]] Instant next_update() const;        ///< whole seconds
  [[nodiscard]] const std::string& issuer() const;  ///< RFC 2253
  [[nodiscard]] Octets der() const;                 ///< as it was signed; lives as long as this
  /// cRLNumber (§5.2.3), up to 20 bytes: whether this list was issued after the other. One without
  /// a number is before every one that has one; equal numbers go by thisUpdate.
  [[nodiscard]] bool newer_than(const RevocationIndex& other) const;

 private:
  struct Parts;
  explicit RevocationIndex(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// The newest list of one authority, in memory and in a file, so that a restart needs no download.
/// Look-ups go on while a list is replaced.
class KeptList {
 public:
  /// Takes what the file holds, if there is one: verified as if it had just come. A file that is
  /// damaged counts as none and is overwritten by the next list. Errors: none of the file's; those
  /// of the issuer ("not_a_certificate").
  static Result<std::unique_ptr<KeptList>> open(std::filesystem::path file, Certificate issuer);

  /// Verified, current, and newer than the one that is there: written to the file (durably, whole
  /// or not at all), then used. The same list again is nothing new and no error. Errors: those of
  /// RevocationIndex::make and check_current; "revocation_list_older" (forbidden): somebody offers
  /// a list from before a revocation; "cannot_write_file".
  Result<void> replace(Bytes der, Instant now);
  /// Nothing until there is one.
  [[nodiscard]] std::shared_ptr<const RevocationIndex> current() const { return list_.load(); }

 private:
  KeptList(std::filesystem::path file, Certificate issuer)
      : file_(std::move(file)), issuer_(std::move(issuer)) {}
  std::filesystem::path file_;
  Certificate issuer_;
  std::mutex replacing_;
  std::atomic<std::shared_ptr<const RevocationIndex>> list_;
};

}  // namespace minben::trust
