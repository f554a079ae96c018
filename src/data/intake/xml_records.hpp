#pragma once
// XML as records: the repeated element is one.
#include "records.hpp"

namespace minben::intake {

/// Elements and attributes inside a record become columns, deeper ones with dots; an element that
/// repeats inside a record has its values joined by "; ".
Result<void> write_xml_records(std::string_view text, RecordWriter& out, Inspection& inspection,
                               const Watch& watch);

}  // namespace minben::intake
