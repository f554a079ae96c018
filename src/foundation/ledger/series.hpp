#pragma once
// Everything of one kind that concerns a person, in order and with a proof of each: a series, in
// which nothing can be left out unseen. docs/decisions/0012-series.md.
//
// What is committed about a person carries, inside the salted content, its number in the person's
// series of that type, from 1 without gaps, and the link of the entry before. The log learns of
// neither; nor does somebody who is shown a single receipt learn where the other entries are.
//
//   content.series = {"number": n, "after": base64(link of n-1), "" for n = 1}
//   link           = HMAC-SHA256(salt, "minben/series/1" 00 digest)
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"

namespace minben::ledger {

/// The member of content that a series owns.
inline constexpr std::string_view series_member = "series";
/// Most receipts in one file; who has more gets several.
inline constexpr int most_receipts = 500;
inline constexpr std::size_t largest_receipts_file = 32u << 20;  ///< bytes

struct Place {
  std::uint64_t number = 0;   ///< from 1
  std::optional<Hash> after;  ///< link of the entry before; nothing for the first
};

Hash series_link(Octets salt, const Hash& digest);
/// The content with its place. invalid "not_an_object", "reserved_member".
Result<Json> placed(const Json& content, const Place& place);
/// Nothing for content without a place, and for a malformed one.
std::optional<Place> place_of(const Json& content);

// ------------------------------------------------------------------------- files of receipts

/// One line of a file: a receipt, or what is left of an entry that was erased.
struct SeriesItem {
  Place place;
  std::optional<std::string> receipt;  ///< the receipt's file; nothing: erased
};

/// {"format": "minben-receipts/1", "type", "entries": how many the series has, "receipts": […]};
/// an erased entry is {"erased": {"number", "after"}}.
Result<std::string> write_receipts(std::string_view type, std::uint64_t entries,
                                   std::span<const SeriesItem> items);
/// Cheap: looks at the beginning only.
bool is_receipts_file(std::string_view text);

/// A checked entry; without a receipt it was erased, and only its place is known.
struct VerifiedItem {
  Place place;
  std::optional<Hash> link;
  std::optional<VerifiedReceipt> receipt;
};

struct VerifiedSeries {
  std::string type;
  std::uint64_t entries = 0;  ///< as the platform says; nobody has signed it
  std::vector<VerifiedItem> items;
};

/// What refuses a file, and where.
struct SeriesFault {
  Error error;
  std::size_t at = 0;  ///< which receipt in the file, from 1; 0: the keys, or the file as a whole
  std::uint64_t first_missing = 0;  ///< "left_out": the numbers that are missing, both included
  std::uint64_t last_missing = 0;
};

/// Offline: every receipt is verified as by verify_receipt, each follows the one before. `vkeys`:
/// one a line. At most 32 MiB and most_receipts. Errors: "not_a_verifier_key"; invalid
/// "not_receipts" (format or spelling); those of verify_receipt; "left_out" (numbers are missing),
/// "out_of_order", "broken_link" (an entry was exchanged), "other_series" (type, or a receipt
/// without a place). `field` is "series", or the part of the receipt.
std::expected<VerifiedSeries, SeriesFault> check_receipts(std::string_view text,
                                                          std::string_view vkeys);
/// The same, with the place in the error's detail.
Result<VerifiedSeries> verify_receipts(std::string_view text, std::string_view vkeys);

/// A verified receipt file as a series of one; number 0 when it has no place in any.
VerifiedSeries series_of(std::string_view text, VerifiedReceipt receipt);

/// Several files of the same person and type as one. They may overlap. Errors: as above, and
/// "forked": two different entries have one number, so these are of two persons, or somebody was
/// shown two histories.
Result<VerifiedSeries> join_series(std::span<const VerifiedSeries> files);

}  // namespace minben::ledger
