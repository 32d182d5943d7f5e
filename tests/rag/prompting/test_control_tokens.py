"""Control tokens of more than twenty families of models are broken up anywhere in a passage.

Sources: the special tokens of the published tokenizer configurations (`tokenizer_config.json`,
`special_tokens_map.json`, `added_tokens`) of the models named, and what their chat templates write.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.prompting.control_tokens import defuse
from rag.prompting.fence import fence

# family -> tokens, separated by blanks
FAMILIES = {
    "Llama 2, CodeLlama": "<s> </s> <unk> [INST] [/INST] <<SYS>> <</SYS>> <PRE> <SUF> <MID> <EOT> <FILL_ME>",
    "Llama 3, 3.1, 4": "<|begin_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|eom_id|> "
    "<|python_tag|> <|finetune_right_pad_id|> <|reserved_special_token_0|> <|header_start|> <|eot|> "
    "<function=f>",
    "Mistral v1 to v15, Codestral, Pixtral, Magistral, Voxtral": "[INST] [/INST] [TOOL_CALLS] [ARGS] "
    "[CALL_ID] "
    "[AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] "
    "[TOOL_CONTENT] [IMG] [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [THINK] [/THINK] [AUDIO] "
    "[BEGIN_AUDIO] [TRANSCRIBE] [MODEL_SETTINGS] [/MODEL_SETTINGS] <SPECIAL_20>",
    "Gemma 1 to 3, CodeGemma": "<bos> <eos> <pad> <start_of_turn> <end_of_turn> <start_of_image> "
    "<image_soft_token> <unused0> <mask> <|fim_prefix|> <|file_separator|>",
    "FunctionGemma": "<start_function_declaration> <end_function_declaration> <start_function_call> "
    "<end_function_call> <start_function_response> <end_function_response> <escape>",
    "Gemma 4": "<|turn> <turn|> <|channel> <channel|> <|tool> <tool|> <|tool_call> <tool_call|> "
    '<|think|> <|"|> '
    "<|tool_response> <tool_response|> <|image|> <|audio|>",
    "Qwen 1.5 to 3": "<|im_start|> <|im_end|> <|endoftext|> <|fim_prefix|> <|repo_name|> <|file_sep|> "
    "<think> "
    "</think> <tool_call> </tool_call> <tool_response> </tool_response> <|vision_start|> "
    "<function=f> <parameter=p>",
    "DeepSeek V2 to V3.2, R1, Coder": "<\uff5cbegin\u2581of\u2581sentence\uff5c> <\uff5cUser\uff5c> <|EOT|> "
    "<\uff5cAssistant\uff5c> <\uff5ctool\u2581calls\u2581begin\uff5c> <\uff5cfim\u2581hole\uff5c> "
    "\uff5cDSML\uff5c "
    "<\uff5cDSML\uff5cfunction_calls> </\uff5cDSML\uff5cinvoke>",
    "Command-R, R7B, A, Aya": "<BOS_TOKEN> <EOS_TOKEN> <|START_OF_TURN_TOKEN|> <|END_OF_TURN_TOKEN|> "
    "<|USER_TOKEN|> <|CHATBOT_TOKEN|> <|SYSTEM_TOKEN|> <|START_THINKING|> <|START_ACTION|> <PAD> "
    "<MASK_TOKEN> "
    "<results> </results>",
    "GLM 4 to 5": "[gMASK] [MASK] [sMASK] <sop> <eop> <|user|> <|assistant|> <|observation|> "
    "<|system|> <arg_key> "
    "</arg_value> <|begin_of_image|> <|code_prefix|>",
    "EXAONE 3, 3.5, 4": "[|system|] [|user|] [|assistant|] [|tool|] [|endofturn|] [BOS] [PAD]",
    "Phi 3, 3.5, 4": "<|user|> <|assistant|> <|end|> <|im_sep|> <|tool|> <|/tool|> <|tool_call|> "
    "<|/tool_call|>",
    "StarCoder 1 and 2": "<fim_prefix> <fim_middle> <fim_suffix> <file_sep> <repo_name> <reponame> "
    "<gh_stars> "
    "<issue_start> <issue_comment> <jupyter_code> <commit_msg> <pr> <pr_diff> <filename> <|endoftext|>",
    "Yi": "<|startoftext|> <|endoftext|> <fim_prefix> <unused3>",
    "InternLM 2": "<|im_start|> <|plugin|> <|interpreter|> <|action_end|> [UNUSED_TOKEN_145] <eoh> <eoa>",
    "Baichuan": "<reserved_106> <reserved_107>",
    "MiniMax M1, M2": "]~!b[ ]~b] [e~[ <minimax:tool_call> </minimax:tool_call> <beginofutterance>",
    "Kimi K2, K2.5, K3": "<|im_user|> <|im_system|> <|im_middle|> <|im_middle| [BOS] [EOS] [EOT] "
    "<|open|> <|sep|> "
    "<|tool_calls_section_begin|> <|end_of_msg|>",
    "Falcon": ">>QUESTION<< >>ANSWER<< >>TITLE<< >>SUMMARY<<",
    "Seed-OSS": "<seed:bos> <seed:eos> <seed:think> </seed:think> <seed:tool_call> <seed:cot_budget_reflect>",
    "Granite 3": "<|start_of_role|> <|end_of_role|> <|end_of_text|> <|tool_call|>",
    "gpt-oss": "<|start|> <|channel|> <|message|> <|call|> <|return|> <|constrain|>",
    "Nemotron": "<SPECIAL_10> <extra_id_0> <TOOLCALL> </TOOLCALL> <AVAILABLE_TOOLS>",
    "Hunyuan": "<\uff5chy_User\uff5c> <\uff5chy_begin\u2581of\u2581sentence\uff5c> <tool_calls> <|extra_0|>",
    "LFM2, Apertus": "<|tool_list_start|> <|tool_call_start|> <|inner_prefix|> <|system_start|>",
    "MiniCPM, Bailing": "<\u7528\u6237> <AI> <role> </role> <|role_start|>",
    "T5, CodeT5, BERT": "<extra_id_99> <pad> [CLS] [SEP] [MASK] [UNK] [PAD]",
}
TOKENS = sorted({token for tokens in FAMILIES.values() for token in tokens.split()})


@pytest.mark.parametrize("family", FAMILIES)
def test_no_control_token_of_a_family_reaches_a_prompt(family: str) -> None:
    for token in FAMILIES[family].split():
        shown = fence(f"before{token}after")
        assert token not in shown, token
        assert shown.replace(" ", "") == f"```\nbefore{token}after\n```", "nothing may be lost"


def test_there_are_twenty_families_and_more() -> None:
    assert len(FAMILIES) >= 20


@pytest.mark.parametrize(
    "token", ["\uff1c|im_end|\uff1e", "\ufe64|im_end|\ufe65", "\uff3bINST\uff3d", "<\uff5cim_end|>"]
)
def test_a_token_in_forms_that_a_tokenizer_normalizes_is_broken(token: str) -> None:
    assert token not in defuse(token)


@pytest.mark.parametrize("token", ["<co: 0,1>", "</co: 2>", "<|tomorrow's_token|>", "[|judge|]"])
def test_what_has_the_shape_of_a_token_is_broken_whatever_its_name(token: str) -> None:
    assert token not in defuse(token)


def test_a_placeholder_of_a_manual_page_does_not_become_a_redirection() -> None:
    assert defuse("grep PATTERN <filename>") == "grep PATTERN <filename >"


@given(st.lists(st.sampled_from([*TOKENS, "<", ">", "|", "[", "]", "a", " "]), max_size=12).map("".join))
def test_however_tokens_are_put_together_none_is_left_and_none_arises(text: str) -> None:
    shown = defuse(text)
    assert not [token for token in TOKENS if token in shown]
    assert defuse(shown) == shown
    assert shown.replace(" ", "") == text.replace(" ", "")
