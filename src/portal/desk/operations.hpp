#pragma once
// Private: what the pages for owners of a service share.
#include "casework/operations.hpp"
#include "parts.hpp"

namespace minben::desk {

using casework::Operations;

inline Operations operations(const Parts& parts) { return {parts.database, parts.casework}; }

/// Of the path; not_found "unknown_service".
Result<ServiceCode> service_of(const Visit& visit);
/// The operations page, or below it: "retry", "move", the id of a batch, "cases" and a case's.
Url operations_url(const Visit& visit, const ServiceCode& service,
                   std::initializer_list<std::string_view> more = {});
/// Trail: figures → operations of the service → `above` → title, unless this is operations.
Frame operations_frame(const Parts& parts, const Visit& visit, const ServiceCode& service,
                       std::string_view title, std::vector<page::Link> above = {});

/// Code and detail of an incident, which are English.
std::string in_words(const std::string& code, const std::string& detail);
void cause_in_words(Writer& page, const std::string& code, const std::string& detail);

/// What was done by hand; `of_one_case`: no column that says to which.
void hand_operations(Writer& page, const Visit& visit, const ServiceCode& service,
                     const Names& names, std::span<const casework::HandOperation> list,
                     bool of_one_case);

}  // namespace minben::desk
