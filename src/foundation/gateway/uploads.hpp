#pragma once
// Large files at their own system's gateway: uploads that can be resumed (tus 1.0.0), each of which
// becomes an event when it is whole; files that have arrived, with ranges (RFC 9110 §14); and the
// pieces that other gateways ask for.
#include "event_body.hpp"
#include "file_store.hpp"
#include "offload.hpp"
#include "outbox.hpp"
#include "parts.hpp"
#include "tus.hpp"

namespace minben::gateway {

inline constexpr std::size_t file_piece = 4u << 20;  ///< bytes that gateways ask for at once

/// Thread-safe.
class Uploads {
 public:
  using Refusal = std::function<net::Response(const net::Request&, const Error&)>;
  Uploads(const GatewayConfig& config, const OwnSide& own, const Directory& directory,
          const Clock& clock, Random& random, FileStore& files, Outbox& outbox, Refusal refusal);
  std::vector<net::Route> routes(net::Access systems, net::Access own);
  /// Goes on with what a crash or a full store kept from being told, and removes what has expired.
  void keep_house();
  void stop() { offload_.stop(); }

 private:
  struct Patch;
  struct Download;
  using Answer = Result<net::Response> (Uploads::*)(const net::Request&);
  net::Route route(net::Method method, std::string_view path, net::Access access, Answer answer);
  Result<std::string> owner_of(const net::Request& request) const;
  Result<StoredFile> own_upload(const net::Request& request);
  Result<StoredFile> own_arrived(const net::Request& request);
  Result<net::Response> create(const net::Request& request);
  Result<StoredFile> read_creation(const net::Request& request);
  Result<net::Response> progress(const net::Request& request);
  net::Task<void> head(net::Flow& flow);
  Result<net::Response> remove(const net::Request& request);
  Result<Download> begin_piece(const net::Request& request);
  net::Task<void> piece(net::Flow& flow);

  net::Task<void> patch(net::Flow& flow);
  Result<void> begin_patch(const net::Request& request, Patch& patch);
  net::Task<Result<void>> take_body(net::Flow& flow, Patch& patch);
  Result<void> end_patch(Patch& patch);
  Result<void> complete(const StoredFile& file);
  Result<void> tell(StoredFile file);

  net::Task<void> download(net::Flow& flow);
  Result<Download> begin_download(const net::Request& request);
  net::Task<void> give(net::Flow& flow, const Download& what);
  [[nodiscard]] net::Response refusal(const net::Request& request, const Error& error) const;

  const GatewayConfig& config_;
  const OwnSide& own_;
  const Directory& directory_;
  const Clock& clock_;
  Random& random_;
  FileStore& files_;
  Outbox& outbox_;
  const Refusal refusal_;
  Offload offload_;
};

}  // namespace minben::gateway
