#pragma once
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "mailbox/smtp.hpp"

namespace outside::mailbox {

/// SMTP over TCP on loopback, a thread for each of at most 32 connections; a silent one ends after
/// a minute.
class SmtpListener {
 public:
  static Result<std::unique_ptr<SmtpListener>> start(std::uint16_t port,
                                                     SmtpSession::Deliver deliver);
  ~SmtpListener();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  SmtpListener(int socket, std::uint16_t port, SmtpSession::Deliver deliver);
  void accept_all();
  void talk(int socket);

  const int listener_;
  const std::uint16_t port_;
  const SmtpSession::Deliver deliver_;
  std::atomic<int> open_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace outside::mailbox
