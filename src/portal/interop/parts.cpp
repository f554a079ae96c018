#include "parts.hpp"

#include <algorithm>

namespace minben::interop {

using catalogue::Entry;

Result<Key> key_of(const Parts& parts, const net::Request& request) {
  std::string_view key = request.headers.get("Authorization");
  if (key.empty()) key = request.headers.get("X-CKAN-API-Key");
  if (key.starts_with("Bearer ")) key.remove_prefix(7);
  if (key.empty()) return fail(Kind::unauthorised, "bad_token", "a key is needed");
  return parts.key_of(key);
}

Result<catalogue::Publisher> publisher_for(const Parts& parts, store::Transaction& tx,
                                           const Key& key, const catalogue::PublisherCode& code) {
  MINBEN_TRY(publisher, parts.catalogue.publisher(tx, code));
  if (publisher.agency.empty() || publisher.agency != key.agency.value)
    return fail(Kind::forbidden, "not_your_publisher",
                "the key is of an agency that does not publish for " + code.value);
  return publisher;
}

Result<Entry> entry_of(const Parts& parts, const std::string& id_or_name) {
  auto entry = parts.read([&](store::Transaction& tx) -> Result<Entry> {
    if (const auto id = catalogue::DatasetId::parse(id_or_name))
      return parts.catalogue.find(tx, *id);
    return parts.catalogue.find(tx, std::string_view(id_or_name));
  });
  if (entry && entry->status != catalogue::Status::published)
    return fail(Kind::not_found, "no_such_dataset");
  return entry;
}

void add_get(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
             std::string pattern, Answer answer) {
  routes.push_back({net::Method::get, std::move(pattern), access, 0,
                    [parts, answer = std::move(answer)](net::Request& request) {
                      auto response = answer(*parts, request);
                      return response ? std::move(*response)
                                      : net::Response::problem(response.error());
                    }});
}

}  // namespace minben::interop
