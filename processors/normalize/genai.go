package normalize

import (
	"strings"

	"weir/codecs/event"
)

// operationTypes are the kinds of calls of language models by operation; every other is one of a client.
var operationTypes = map[string]string{
	"ai.generateText": "agent", "ai.streamText": "agent", "ai.run.generateText": "agent", "ai.run.generateObject": "agent",
	"ai.pipeline.generate_text": "agent", "ai.pipeline.generate_object": "agent", "ai.pipeline.stream_text": "agent", "ai.pipeline.stream_object": "agent",
	"create_agent": "agent", "gen_ai.create_agent": "agent", "invoke_agent": "agent", "gen_ai.invoke_agent": "agent",
	"ai.toolCall": "tool", "execute_tool": "tool", "gen_ai.execute_tool": "tool", "handoff": "handoff", "gen_ai.handoff": "handoff",
}

// tokenMeasurements are measurements that older SDKs counted tokens in, with the attributes of today.
var tokenMeasurements = [...][2]string{
	{"ai_total_tokens_used", attrTotalTokens}, {"ai_prompt_tokens_used", attrInputTokens}, {"ai_completion_tokens_used", attrOutputTokens},
}

const (
	attrTotalTokens  = "gen_ai.usage.total_tokens"
	attrInputTokens  = "gen_ai.usage.input_tokens"
	attrOutputTokens = "gen_ai.usage.output_tokens"
)

// modelCalls completes the attributes of the transaction and of its spans that call language models.
func (r *run) modelCalls() {
	root := r.d.Root
	r.modelCall(r.variantAt("trace", "trace"), root.Get("measurements"))
	for _, m := range root.Get("spans").Members() {
		r.modelCall(m.Value, m.Value.Get("measurements"))
	}
}

// modelCall completes the data of a span, or of the trace context. What is there stays, but for the kind of the operation.
func (r *run) modelCall(span, measurements *event.Value) {
	op, name := span.Get("op").Text(), span.Get("data").Get("gen_ai.operation.name")
	if name.IsNull() && !strings.HasPrefix(op, "ai.") && !strings.HasPrefix(op, "gen_ai.") {
		return
	}
	data := r.object(span, "data")
	for _, t := range tokenMeasurements {
		if n, ok := measured(measurements, t[0]); ok {
			r.addNumber(data, t[1], n)
		}
	}
	in, ok1 := data.Get(attrInputTokens).Float()
	out, ok2 := data.Get(attrOutputTokens).Float()
	if ok1 || ok2 {
		r.addNumber(data, attrTotalTokens, in+out)
	}
	if model := data.Get("gen_ai.request.model"); !model.IsNull() && data.Get("gen_ai.response.model").IsNull() {
		v := r.unknownKey(data, "gen_ai.response.model")
		v.TakeContent(r.d.Clone(model))
	}
	if s, ok := data.Get("gen_ai.operation.name").Str(); ok {
		op = s
	}
	kind := operationTypes[op]
	if kind == "" {
		kind = "ai_client"
	}
	r.unknownKey(data, "gen_ai.operation.type").SetString(kind)
}

// addNumber adds an attribute that is absent.
func (r *run) addNumber(data *event.Value, key string, f float64) {
	if data.Get(key).IsNull() {
		r.number(r.unknownKey(data, key), event.AppendFloat(r.buf[:0], f))
	}
}
