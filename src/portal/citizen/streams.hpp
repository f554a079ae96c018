#pragma once
// Private: tells open pages of a case, or of a data request, that it changed.
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::citizen {

/// One listener on the outbox for all open pages of this node. Only "changed" is sent, never what:
/// the page asks for itself again, and with that passes the guard. Thread-safe.
class Streams {
 public:
  explicit Streams(store::Database& database);
  /// `id`: of the case or of the data request.
  void add(const std::string& id, std::shared_ptr<net::EventStream> stream) const;

 private:
  struct Open;
  std::shared_ptr<Open> open_;
  std::shared_ptr<store::Listener> listener_;
};

}  // namespace minben::citizen
