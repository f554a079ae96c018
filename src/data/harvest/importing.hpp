#pragma once
// Private: a batch of found objects becomes datasets of the catalogue.
#include <set>

#include "reader.hpp"

namespace minben::harvest {

/// What was done with one object; Object without `at`.
using Imported = std::vector<Object>;

/// Works inside a transaction of the caller, and writes nothing of harvest's but who brought a
/// publisher.
class Importing {
 public:
  Importing(const catalogue::Catalogue& catalogue, const Source& source, Instant now)
      : catalogue_(catalogue), source_(source), now_(now) {}
  /// `known`: publishers that need not be looked for again, by the code there; those that are met
  /// are added.
  Result<Imported> run(store::Transaction& tx, std::span<const Found> found,
                       std::map<std::string, std::string>& known) const;

 private:
  Result<std::string> publisher_for(store::Transaction& tx,
                                    const catalogue::Publisher& found) const;
  Result<void> keep_apart(store::Transaction& tx, std::vector<catalogue::Dataset>& datasets) const;
  Result<catalogue::Puts> put(store::Transaction& tx,
                              std::span<const catalogue::Dataset> datasets) const;
  Result<Json> difference(store::Transaction& tx, const catalogue::Put& put) const;

  const catalogue::Catalogue& catalogue_;
  const Source& source_;
  Instant now_;
};

/// The actor that a source is.
catalogue::Actor actor_of(const Source& source);

}  // namespace minben::harvest
