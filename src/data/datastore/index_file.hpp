#pragma once
// Private: how a value index lies in its file. Numbers are of this machine's byte order; the file
// is made anew from the Parquet file when another machine cannot read it.
#include <array>
#include <cstdint>

namespace minben::datastore {

inline constexpr std::array<char, 8> index_magic{'M', 'B', 'I', 'N', 'D', 'E', 'X', '1'};

enum class IndexKind : std::uint32_t {
  none,     ///< the field is not in it
  code8,    ///< a byte a row: 0 = null, otherwise 1 + the place among the sorted values
  code16,   ///< likewise two bytes
  integer,  ///< the value itself, 8 bytes: integers, and times as microseconds
  number,   ///< the value itself, binary64; no NaN among them
};

struct IndexHeader {
  std::array<char, 8> magic = index_magic;
  std::uint64_t rows = 0;
  std::uint64_t fields = 0;
};

/// One a field, behind the header. Places are from the beginning of the file, multiples of 8.
struct IndexEntry {
  IndexKind kind = IndexKind::none;
  std::uint32_t values = 0;  ///< different ones, of codes
  std::uint64_t codes_at = 0;
  /// Of codes: the sorted values; 8 bytes each, or for texts `values` + 1 offsets of 4 bytes from
  /// the end of the offsets, and then the bytes. Of values themselves: a bit a row, 1 = there is a
  /// value.
  std::uint64_t side_at = 0;
  std::uint64_t side_bytes = 0;
  std::uint64_t text = 0;  ///< 1: the sorted values are texts; 2: they are binary64
};

}  // namespace minben::datastore
