#pragma once
// What a person takes along of the list of who used their data: the same uses as a table for
// spreadsheets and as JSON for programs. Pure functions.
#include <functional>
#include <span>
#include <string>

#include "mydata/mydata.hpp"

namespace minben::mydata {

/// The name of an agency in one language.
using AgencyNamer = std::function<std::string(const AgencyCode&)>;

/// RFC 4180 with a byte order mark, by which spreadsheets know that it is UTF-8. Cells that a
/// spreadsheet would take for a formula begin with an apostrophe. Times are RFC 3339 in UTC.
std::string uses_as_csv(std::span<const Usage> uses, Language language, const AgencyNamer& name);

/// {"format": "minben-uses/1", "person", "exported_at", "complete", "uses": [{"usage", "kind",
/// "at", "agency", …, "ledger": {"log", "index"} or null}]}: members as in the receipts.
std::string uses_as_json(std::span<const Usage> uses, PersonId person, Instant now, bool complete);

}  // namespace minben::mydata
