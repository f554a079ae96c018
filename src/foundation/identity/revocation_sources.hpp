#pragma once
// Where it is asked whether a certificate of the government's PKI is revoked.
#include <functional>
#include <memory>
#include <string>

#include "core/core.hpp"
#include "trust/revocation_index.hpp"

namespace minben::identity {

struct RevocationSources {
  /// The newest list of that issuer; null when none is kept. May be empty.
  std::function<std::shared_ptr<const trust::RevocationIndex>(const trust::Certificate& issuer)>
      list{};
  /// Sends an OCSPRequest to an address that the authority put into the certificate. May be empty.
  std::function<Result<Bytes>(const std::string& url, const Bytes& request)> ocsp{};
  /// Whoever says "revoked" is believed. answer_first: OCSP is asked, and where it does not answer
  /// a current list is enough. list_first: a current list is enough, which may be a day old; OCSP
  /// is asked where there is none. both: neither is enough without the other.
  enum class Order { answer_first, list_first, both } order = Order::answer_first;
  /// false: a certificate of which nobody can say anything now is taken. It never makes a revoked
  /// one good.
  bool hard_fail = true;
  hours freshness{24};  ///< of an OCSP answer
  /// Also of each authority between a certificate and its root, by whoever certified that one.
  bool authorities = false;
};

}  // namespace minben::identity
