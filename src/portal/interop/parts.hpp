#pragma once
// Private: what all interfaces of the room share.
#include <functional>
#include <memory>

#include "interchange/rdf.hpp"
#include "interop.hpp"

namespace minben::interop {

struct Parts : Dependencies {
  /// For reading.
  template <class Work>
  auto read(Work&& work) const {
    return database.separately(std::forward<Work>(work));
  }
};
using PartsPtr = std::shared_ptr<const Parts>;

/// Of Authorization ("Bearer …" or the key alone, as CKAN's clients send it) or X-CKAN-API-Key.
/// unauthorised "bad_token".
Result<Key> key_of(const Parts& parts, const net::Request& request);
/// forbidden "not_your_publisher" unless the key's agency publishes for it.
Result<catalogue::Publisher> publisher_for(const Parts& parts, store::Transaction& tx,
                                           const Key& key, const catalogue::PublisherCode& code);
inline catalogue::Actor actor_of(const Key& key) {
  return {catalogue::Actor::Kind::client, key.id};
}

/// By id or name; only what is published. not_found.
Result<catalogue::Entry> entry_of(const Parts& parts, const std::string& id_or_name);

/// A GET whose errors become problem details (RFC 9457).
using Answer = std::function<Result<net::Response>(const Parts&, const net::Request&)>;
void add_get(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
             std::string pattern, Answer answer);

/// The last measurements of a dataset, into the graph that is about it.
void add_quality(interchange::Graph& graph, const Parts& parts, const catalogue::Entry& entry);

// What each file of the room adds.
void add_ckan(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_rdf(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_feeds(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_tables(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_table_documents(std::vector<net::Route>& routes, const PartsPtr& parts,
                         net::Access access);
void add_streams(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_originals(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_national(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_national_tables(std::vector<net::Route>& routes, const PartsPtr& parts,
                         net::Access access);
void add_national_quality(std::vector<net::Route>& routes, const PartsPtr& parts,
                          net::Access access);

}  // namespace minben::interop
