#pragma once
// Takes mail for everybody and shows it to anybody: for a demonstration on one machine only.
//
//   GET /            newest first; ?to=address: of one address
//   GET /mails/{id}  one mail
//   GET /mails.json  the same list as JSON, newest first
#include <deque>
#include <mutex>

#include "mailbox/listener.hpp"
#include "net/net.hpp"
#include "support/journal.hpp"

namespace outside::mailbox {

struct StoredMail {
  std::int64_t id = 0;  ///< 1, 2, 3 …
  Instant at{};
  std::string from;
  std::string to;
  std::string subject;
  std::string text;
};

/// The newest 1000 mails, on disk before the sender is told so. Thread-safe.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, const Clock& clock);
  Result<void> keep(const Envelope& envelope);
  /// Newest first; of one address when `to` is not empty.
  [[nodiscard]] std::vector<StoredMail> list(std::string_view to, std::size_t limit) const;
  [[nodiscard]] std::optional<StoredMail> find(std::int64_t id) const;

 private:
  explicit Store(const Clock& clock) : clock_(clock) {}
  void remember(StoredMail mail);
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<StoredMail> mails_;
  std::int64_t last_id_ = 0;
  std::unique_ptr<Journal> journal_;
};

struct MailboxConfig {
  std::uint16_t smtp_port = 0;
  std::uint16_t port = 0;
  std::filesystem::path directory;
};

class Mailbox {
 public:
  static Result<std::unique_ptr<Mailbox>> start(const MailboxConfig& config, const Clock& clock);
  [[nodiscard]] std::uint16_t smtp_port() const { return listener_->port(); }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  Mailbox() = default;
  std::unique_ptr<Store> store_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<SmtpListener> listener_;
};

std::string list_page(std::span<const StoredMail> mails, std::string_view to);
std::string mail_page(const StoredMail& mail);
std::string style_sheet();
Json to_json(const StoredMail& mail);

}  // namespace outside::mailbox
