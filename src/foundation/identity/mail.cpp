// Mails wait in the database only sealed, under a key of their own.
#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view mail_job = "identity.mail";
constexpr std::string_view mail_context = "identity.mail";
}  // namespace

Result<void> Identity::Impl::enqueue_mail(store::Transaction& transaction, const Post& post) const {
  if (post.mail.to.empty()) return {};  // whoever gave no address gets no mail
  const Json content{{"to", post.mail.to},
                     {"subject", post.mail.subject},
                     {"text", post.mail.text},
                     {"deliver", post.deliver},
                     {"until", minben::to_string(post.until)}};
  const Bytes parcel = pack(keys, random, mail_context, write_json(content));
  return store::enqueue(
      transaction,
      {std::string(mail_job), post.key, {{"parcel", base64_encode(parcel)}}, clock.now()});
}

Result<void> Identity::Impl::deliver_mail(const store::Job& job, const Mailer& mailer) const {
  const auto parcel = base64_decode(string_or(job.payload, "parcel"));
  if (!parcel) return fail(Kind::internal, "not_openable", "the mail's parcel is not base64");
  MINBEN_TRY(text, unpack(keys, mail_context, *parcel));
  MINBEN_TRY(content, parse_json(text));
  MINBEN_TRY(until, parse_instant(string_or(content, "until")));
  MINBEN_TRY(deliver, get_bool(content, "deliver"));
  if (!deliver || clock.now() >= until) return {};
  return mailer(
      {string_or(content, "to"), string_or(content, "subject"), string_or(content, "text")});
}

}  // namespace minben::identity
