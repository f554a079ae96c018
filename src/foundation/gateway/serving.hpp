#pragma once
#include "conversation.hpp"
#include "exchange/access.hpp"
#include "exchange/minimise.hpp"
#include "gather.hpp"
#include "letter.hpp"
#include "metaservices.hpp"
#include "parts.hpp"
#include "record.hpp"

namespace minben::gateway {

/// The side of a gateway that peers call. Thread-safe.
class Serving {
 public:
  Serving(const Parts& parts, Metaservices metaservices);
  /// One channel of a peer, until it or the server has enough.
  net::Task<void> run(net::Channel& channel);
  [[nodiscard]] Decider& decider() { return decider_; }

 private:
  /// One request under way.
  struct Served;
  net::Task<bool> serve(net::Channel& channel, OwnPiece first);
  Result<void> read(Served& served, const OwnPiece& first) const;
  Result<void> accept(Served& served, const OwnPiece& first);
  Result<void> decide_on(Served& served);
  net::Task<Result<void>> answer(Served& served, const OwnPiece& first);
  net::Task<Result<void>> describe(Served& served);
  net::Task<Result<std::unique_ptr<net::Answering>>> call_register(Served& served,
                                                                   const OwnPiece& first);
  Result<std::string> register_url(Served& served) const;
  static void note_event(Served& served, const net::ClientResponse& head);
  static void note_request(Served& served);
  net::Task<Result<void>> pass_on(Served& served, net::Answering& answering);
  net::Task<Result<void>> reduce(Served& served, net::Answering& answering,
                                 const net::ClientResponse& head);
  net::Task<Result<void>> send_whole(Served& served, int status, const net::Headers& fields,
                                     std::string body);
  net::Task<Result<void>> stream(Served& served, net::Answering& answering,
                                 const net::ClientResponse& head);
  net::Task<Result<void>> finish(Served& served, Outgoing& out, std::string last);
  std::string answer_head(const Served& served, int status, const net::Headers& fields) const;
  net::Task<Result<void>> refuse(Served& served, const Error& error);

  const Parts parts_;
  const Metaservices metaservices_;
  ReplayWindow replay_;
  Decider decider_;
  net::FlowClient registers_;
};

}  // namespace minben::gateway
