#pragma once
// Numbers in spreadsheets that are dates by their format.
#include <string>
#include <string_view>

namespace minben::intake {

enum class Shown { number, date, time, date_time };

/// Of a built-in number format (ECMA-376 part 1, 18.8.30, and Taiwan's 27 to 36 and 50 to 58).
Shown shown_as(int format_id);
/// Of a format code such as "[$-404]e/m/d" or "0.00%".
Shown shown_as(std::string_view code);

/// Days since 1899-12-30 (or 1904-01-01) as "2026-11-30", "2026-11-30 14:05:00" or "14:05:00"; a
/// number in its shortest form when it is no day between 1900 and 9999.
std::string serial_text(double serial, Shown shown, bool from_1904);
/// 15 significant digits, as spreadsheet programs show them: "0.1".
std::string number_text(std::string_view stored);

}  // namespace minben::intake
