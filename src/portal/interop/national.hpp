#pragma once
// Private: what Taiwan's interfaces share: how they name datasets, and how they answer.
#include "parts.hpp"

namespace minben::interop {

/// {"success": true, "result": …}
net::Response national_success(Json result);
/// {"success": false, "error": {"error_type", "message"}}, with the specification's codes where it
/// has one.
net::Response national_refusal(const Error& error, std::string_view identifier = {});

struct NationalWindow {
  std::int64_t limit, offset;
};
/// limit and offset of the query; invalid "ER0210".
Result<NationalWindow> national_window(const net::Form& query, std::int64_t limit_unless_said);

/// What these interfaces call a dataset: its national id, or ours when it has none.
const std::string& national_identifier(const catalogue::Dataset& dataset);
/// By national id, name or id.
Result<catalogue::Entry> find_identified(const Parts& parts, store::Transaction& tx,
                                         const std::string& identifier);

/// A GET whose errors are told in this form.
void add_national_get(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
                      std::string pattern,
                      Result<net::Response> (*handler)(const Parts&, const net::Request&));

}  // namespace minben::interop
