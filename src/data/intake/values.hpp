#pragma once
// What a value of text can be read as, and its one canonical spelling.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "intake.hpp"

namespace minben::intake {

using Kinds = std::uint8_t;
inline constexpr Kinds integer_kind = 1, number_kind = 2, boolean_kind = 4, date_kind = 8,
                       timestamp_kind = 16, all_kinds = 31;

/// How a value is spelled where that is not canonical; a column's note is the first that occurs.
using Spellings = std::uint16_t;
inline constexpr Spellings roc_spelling = 1,  ///< 115/11/30
    compact_spelling = 2,                     ///< 20261130: only where its column says date
    separator_spelling = 4,                   ///< 2026/11/30
    thousands_spelling = 8,                   ///< 1,234
    full_width_spelling = 16,                 ///< １２３
    space_spelling = 32,                      ///< " 12"
    offset_spelling = 64,                     ///< 2026-11-30T06:00:00Z
    hour_spelling = 128;                      ///< 下午 2:05, 14時5分, 24:00
std::string_view spelling_name(Spellings one);

struct Reading {
  Kinds fits = 0;   ///< of those asked for
  Kinds plain = 0;  ///< those for which the value is canonical as it stands
  Spellings spellings = 0;
};

/// Asks of `alive` only; `text` is UTF-8 and not empty.
Reading recognise(std::string_view text, Kinds alive);

/// "-", "…", "N/A", "NULL" and the like: what people write when there is no value.
bool is_null_word(std::string_view text);

/// The value as of Type, or nullopt when it is none.
std::optional<std::string> canonical(std::string_view text, Type type);

}  // namespace minben::intake
