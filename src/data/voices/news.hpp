#pragma once
// Private: what a person is told, as rows and as a mail.
#include "common.hpp"
#include "voices/subscriptions.hpp"

namespace minben::voices {

inline constexpr std::string_view news_job = "voices.news";

/// One thing that happened, for one subscription.
struct NewsRow {
  SubscriptionId subscription;
  std::optional<catalogue::DatasetId> dataset;
  Json content;  ///< {"what","version","path"}
};
struct NewsMail {
  std::vector<Subscription> subscriptions;
  std::vector<NewsRow> news;  ///< the oldest first
};

Subscription subscription_of(const store::Row& row);

/// Words for each of them; nothing when no subscription has any.
std::string mail_text(const Common& common, store::Transaction& tx, const Subscriptions& all,
                      const NewsMail& mail, Language language);
std::string mail_subject(const NewsMail& mail, Language language);

}  // namespace minben::voices
