import type { Message } from "grammy/types";
import { texts } from "../texts/texts.ts";

/**
 * What is answered to a message that holds nothing which can be passed on; undefined for what a person did not
 * send, such as a notice.
 */
export function whyNotTaken(message: Message): string | undefined {
  if (!hasContent(message)) return undefined;
  if (message.story) return texts.uploads.story;
  return message.paid_media ? texts.uploads.paidMedia : texts.uploads.otherKind;
}

/**
 * Whether a person sent something with a message, of a kind that may not exist yet. What stays silent
 * is listed, not what is answered: the fields that describe a message, and the notices that Telegram
 * puts into a chat (Bot API 10.3, Message).
 */
export function hasContent(message: Message): boolean {
  return Object.keys(message).some((field) => !about.has(field) && !notices.has(field));
}

/** Who sent a message, when, where and how. */
const about = new Set([
  "message_id",
  "message_thread_id",
  "direct_messages_topic",
  "from",
  "sender_chat",
  "sender_tag",
  "sender_boost_count",
  "sender_business_bot",
  "receiver_user",
  "ephemeral_message_id",
  "guest_query_id",
  "guest_bot_caller_user",
  "guest_bot_caller_chat",
  "date",
  "business_connection_id",
  "chat",
  "forward_origin",
  "is_topic_message",
  "is_automatic_forward",
  "reply_to_message",
  "reply_to_checklist_task_id",
  "reply_to_poll_option_id",
  "reply_to_story",
  "external_reply",
  "quote",
  "via_bot",
  "edit_date",
  "has_protected_content",
  "is_paid_post",
  "is_from_offline",
  "media_group_id",
  "author_signature",
  "paid_star_count",
  "link_preview_options",
  "effect_id",
  "entities",
  "caption_entities",
  "show_caption_above_media",
  "has_media_spoiler",
  "reply_markup",
]);

/** What happened in a chat, which nobody says to the agent. */
const notices = new Set([
  "new_chat_members",
  "left_chat_member",
  "chat_owner_left",
  "chat_owner_changed",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "channel_chat_created",
  "community_chat_added",
  "community_chat_joined",
  "community_chat_removed",
  "managed_bot_created",
  "poll_option_added",
  "poll_option_deleted",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "message_auto_delete_timer_changed",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
  "pinned_message",
  "successful_payment",
  "refunded_payment",
  "connected_website",
  "write_access_allowed",
  "proximity_alert_triggered",
  "boost_added",
  "chat_background_set",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "giveaway_created",
  "giveaway_completed",
  "gift_upgrade_sent",
  "paid_message_price_changed",
  "direct_message_price_changed",
  "suggested_post_info",
  "suggested_post_approved",
  "suggested_post_approval_failed",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "video_chat_scheduled",
  "video_chat_started",
  "video_chat_ended",
  "video_chat_participants_invited",
]);
